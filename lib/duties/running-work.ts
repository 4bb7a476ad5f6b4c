import { types } from 'node:util';
import { deferred } from '../election/deferred.js';
import type { Leadership } from '../election/leadership.js';
import { propertyOf } from '../election/thrown.js';
import { runIn, type Task } from './current-leadership.js';

/** What runs at the moment on behalf of one election, by name. A demotion waits for it. */
export class RunningWork {
  readonly #running = new Set<Task>();

  /**
   * Runs `work` as part of a leadership; what is asynchronous is running until it has settled.
   *
   * @returns what `work` returns; where that is a thenable but no promise, a promise of its outcome, since a query builder
   *   runs its query whenever somebody calls `then`, and may do so only once
   */
  run<T>(name: string, leadership: Leadership, work: () => T): T {
    const ended = deferred();
    const task: Task = { name, leadership, ended: ended.promise };
    const end = () => {
      this.#running.delete(task);
      ended.resolve();
    };
    // Before it begins: it may itself end the leadership, and is waited for all the same.
    this.#running.add(task);
    let result: T;
    try {
      result = runIn(task, () => asPromise(work()));
    } catch (error) {
      end();
      throw error;
    }
    if (types.isPromise(result)) endWith(result, end);
    else end();
    return result;
  }

  /** Whether it has not ended. */
  includes(task: Task): boolean {
    return this.#running.has(task);
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

  #of(leadership: Leadership): readonly Task[] {
    return [...this.#running].filter((task) => task.leadership === leadership);
  }
}

/** Not `instanceof Promise`: promises also come from other realms. */
function asPromise<T>(value: T): T {
  if (types.isPromise(value) || typeof propertyOf(value, 'then') !== 'function') return value;
  return Promise.resolve(value) as T;
}

/** The outcome is the caller's business; here only the end counts. */
function endWith(promise: Promise<unknown>, end: () => void): void {
  const settled = async () => {
    await promise;
  };
  settled().then(end, end);
}
