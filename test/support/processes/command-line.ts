import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach } from '@jest/globals';
import { compile } from '../../../tooling/build/compile-folders.mjs';
import { eventually } from '../timeline.js';

/** A command that runs, as a user would have started it. */
export class RunningCommand {
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, 'close');
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async prints(text: string | RegExp): Promise<void> {
    await eventually(() =>
      typeof text === 'string' ? this.stdout.includes(text) : text.test(this.stdout),
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for its end. */
  async ended() {
    await this.#closed;
    return { code: this.#child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  async dispose(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}

/** Compiles the command-line tool, and gives what starts it in a process of its own, which ends with the test. */
export async function commandLine() {
  const { directory, remove } = await compile('lib');
  afterAll(remove);
  const running: RunningCommand[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((command) => command.dispose()));
  });
  const { PATH } = process.env;
  return (args: readonly string[], environment: NodeJS.ProcessEnv = {}): RunningCommand => {
    const main = join(directory, 'lib', 'cli', 'main.js');
    const child = spawn(process.execPath, [main, ...args], {
      env: { PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const command = new RunningCommand(child);
    running.push(command);
    return command;
  };
}
