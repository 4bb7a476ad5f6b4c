import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { root } from '../../../../tooling/project-root.mjs';

/** A program that prints the address of its page, as a user starts it. */
export class RunningSample {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  output = '';

  constructor(script: string, args: string[] = [], env: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(process.execPath, [script, ...args], {
      cwd: root,
      // Without what is Jest's, and on a PostgreSQL of its own.
      env: { ...process.env, NODE_OPTIONS: '', DATABASE_URL: '', NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#exit = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk) => (this.output += String(chunk)));
    }
  }

  /** The address that it prints. */
  async address(): Promise<string> {
    const { stdout } = this.#child;
    if (!stdout) throw new Error('It has no output.');
    for await (const line of createInterface({ input: stdout })) {
      const address = /http:\S+/.exec(line)?.[0];
      if (address) return address;
    }
    throw new Error(`It printed no address:\n${this.output}`);
  }

  /** As Ctrl-C does. Resolves with its exit code. */
  async interrupt(): Promise<number | null> {
    this.#child.kill('SIGINT');
    await this.#exit;
    return this.#child.exitCode;
  }
}
