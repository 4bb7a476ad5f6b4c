import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @typedef {{ messages: number, bytes: number, delivered: number, milliseconds: number }} Sent */

const script = fileURLToPath(new URL('./stranger-process.mjs', import.meta.url));

/** Somebody else who sends notifications, in a process of its own. */
export class Stranger {
  /** So far. @type {Sent} */
  sent = { messages: 0, bytes: 0, delivered: 0, milliseconds: 0 };
  #child;
  #exit;

  /** @param {{ url: string, rate: number, seed: number, types: readonly string[] }} options */
  constructor(options) {
    this.#child = fork(script, [JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Out of reach of the terminal's Ctrl-C: the run decides when it ends.
      detached: true,
    });
    this.#exit = once(this.#child, 'exit');
    this.#child.on('message', (/** @type {Sent} */ sent) => {
      this.sent = sent;
    });
  }

  /** Has it end, and resolves with all that it sent. */
  async stop() {
    if (this.#child.connected) this.#child.send('stop');
    const [code] = await this.#exit;
    if (code !== 0) throw new Error(`The stranger ended with ${code}`);
    return this.sent;
  }

  async dispose() {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}
