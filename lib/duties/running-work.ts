import type { Leadership } from '../election/leadership.js';
import { runIn } from './current-leadership.js';

/** What runs at the moment on behalf of one election, by name. A demotion waits for it. */
export class RunningWork {
  readonly #running = new Map<
    symbol,
    { readonly name: string; readonly ended: Promise<unknown> }
  >();

  /** Runs `work` as part of a leadership; what is asynchronous is running until it has settled. */
  run<T>(name: string, leadership: Leadership, work: () => T): T {
    const result = runIn(leadership, work);
    if (isThenable(result)) this.#track(name, result);
    return result;
  }

  get names(): readonly string[] {
    return [...this.#running.values()].map(({ name }) => name);
  }

  /** Resolves when everything that runs now has settled, whatever its outcome. */
  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #track(name: string, work: PromiseLike<unknown>): void {
    const id = Symbol(name);
    const done = () => {
      this.#running.delete(id);
    };
    // The outcome is the caller's business; here only the end counts.
    this.#running.set(id, { name, ended: Promise.resolve(work.then(done, done)) });
  }
}

/** Not `instanceof Promise`: promises also come from other realms and libraries. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
