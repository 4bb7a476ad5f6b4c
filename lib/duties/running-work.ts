import type { Leadership } from '../election/leadership.js';
import { runIn } from './current-leadership.js';

interface Work {
  readonly name: string;
  readonly leadership: Leadership;
  readonly ended: Promise<unknown>;
}

/** What runs at the moment on behalf of one election, by name. A demotion waits for it. */
export class RunningWork {
  readonly #running = new Set<Work>();

  /** Runs `work` as part of a leadership; what is asynchronous is running until it has settled. */
  run<T>(name: string, leadership: Leadership, work: () => T): T {
    const result = runIn(leadership, work);
    if (isThenable(result)) this.#track(name, leadership, result);
    return result;
  }

  /** What runs now of a leadership, by name. */
  namesOf(leadership: Leadership): readonly string[] {
    return [...new Set(this.#of(leadership).map(({ name }) => name))];
  }

  /**
   * Resolves when everything that runs now of a leadership has settled, whatever its outcome. What an earlier leadership
   * has abandoned was waited for then.
   */
  async settled(leadership: Leadership): Promise<void> {
    await Promise.all(this.#of(leadership).map(({ ended }) => ended));
  }

  #of(leadership: Leadership): readonly Work[] {
    return [...this.#running].filter((work) => work.leadership === leadership);
  }

  #track(name: string, leadership: Leadership, promise: PromiseLike<unknown>): void {
    const done = () => {
      this.#running.delete(work);
    };
    // The outcome is the caller's business; here only the end counts.
    const work: Work = { name, leadership, ended: Promise.resolve(promise.then(done, done)) };
    this.#running.add(work);
  }
}

/** Not `instanceof Promise`: promises also come from other realms and libraries. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
