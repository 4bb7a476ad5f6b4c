// An empty directory outside the repository in which an application is made, as a user would.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const typescript = createRequire(import.meta.url).resolve('typescript/package.json');

/** After how many milliseconds a command counts as hanging. */
const LONGEST_COMMAND = 240_000;

/** As strict as the CLI of Nest makes it, and as the documentation of the package asks for. */
const compilerOptions = {
  target: 'ES2022',
  module: 'NodeNext',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  rootDir: 'src',
  outDir: 'dist',
};

/**
 * What an application is made in, and run with.
 */
export class Workspace {
  /** The application's directory. */
  directory;
  /** Of a database that the application has for itself. */
  url;
  /** The oldest Node that the package supports. */
  node;
  /** What commands have written. */
  output = '';
  #tarball;

  /** @param {{ directory: string, url: string, node: string, tarball: string }} parts */
  constructor({ directory, url, node, tarball }) {
    this.directory = directory;
    this.url = url;
    this.node = node;
    this.#tarball = tarball;
    mkdirSync(directory, { recursive: true });
  }

  /**
   * Writes package.json and installs what it names, beside the packed package.
   *
   * @param {{ type?: 'commonjs' | 'module', dependencies: Readonly<Record<string, string>>, overrides?: object }} manifest
   */
  async install({ type = 'commonjs', dependencies, overrides }) {
    this.write('package.json', {
      name: 'application',
      private: true,
      type,
      dependencies: { ...dependencies, 'nestjs-leader-election': this.#tarball },
      ...(overrides && { overrides }),
    });
    await this.run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error']);
  }

  /** Copies the sources of the application. @param {URL} from @param {string} [to] a path below the directory */
  copy(from, to = '.') {
    cpSync(from, join(this.directory, to), { recursive: true });
  }

  /** @param {string} file @param {string | object} content an object is written as JSON */
  write(file, content) {
    const path = join(this.directory, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`,
    );
  }

  /**
   * Compiles `src` to `dist`, with the TypeScript of the application if it has one.
   *
   * @param {Readonly<Record<string, unknown>>} [options] of the compiler, beside the usual ones
   */
  async compile(options) {
    this.write('tsconfig.json', {
      compilerOptions: { ...compilerOptions, ...options },
      include: ['src'],
    });
    const own = join(this.directory, 'node_modules', 'typescript');
    const tsc = join(existsSync(own) ? own : dirname(typescript), 'bin', 'tsc');
    await this.run(process.execPath, [tsc]);
  }

  /**
   * Runs a script under the oldest Node, with the URL of its database in `DATABASE_URL` and as the first argument.
   *
   * @param {string} script
   * @param {Readonly<Record<string, string>>} [env]
   */
  runNode(script, env) {
    return this.run(this.node, [script, this.url], env);
  }

  /**
   * Rejects with all that the command has written, where it fails.
   *
   * @param {string} command
   * @param {readonly string[]} args
   * @param {Readonly<Record<string, string>>} [env]
   * @returns {Promise<string>} what it has written, to stdout and stderr
   */
  async run(command, args, env) {
    const child = spawn(command, args, {
      cwd: this.directory,
      env: { ...process.env, DATABASE_URL: this.url, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_COMMAND,
      killSignal: 'SIGKILL',
      shell: process.platform === 'win32',
    });
    let written = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => (written += text));
    }
    const ended = await /** @type {Promise<string>} */ (
      new Promise((resolve) => {
        child.once('error', (error) => resolve(error.message));
        child.once('close', (code, signal) => resolve(String(signal ?? code)));
      })
    );
    this.output += written;
    if (ended === '0') return written;
    throw new Error(`${command} ${args.join(' ')} ended with ${ended}:\n${written}`);
  }
}
