import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';

/** How long anything may take, in milliseconds. */
const PATIENCE = 30_000;

/** What has happened, in order. */
export class Timeline {
  readonly entries: string[] = [];
  readonly #noted = new EventEmitter();

  note(entry: string) {
    this.entries.push(entry);
    this.#noted.emit('entry');
  }

  /** The entries that begin so. */
  of(beginning: string) {
    return this.entries.filter((entry) => entry.startsWith(beginning));
  }

  /** Resolves when so many entries begin so. */
  async shows(beginning: string, times = 1) {
    const shown = async () => {
      while (this.of(beginning).length < times) await once(this.#noted, 'entry');
    };
    await within(shown(), `"${beginning}", ${times} times`);
  }
}

/** Rejects where it takes too long. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new assert.AssertionError({ message: `${what}: not within ${PATIENCE} ms` }));
    }, PATIENCE);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
