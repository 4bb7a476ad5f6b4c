import { types } from 'node:util';
import { propertyOf } from '../common/thrown.js';
import type { Leadership } from '../model/leadership.js';
import { runIn, Task } from './current-leadership.js';

/** What runs at the moment on behalf of one election, by name. A demotion waits for it. */
export class RunningWork {
  /** The calls that have not returned, the innermost last. Apart from the others because a method may be called a million times. */
  readonly #calls: Task[] = [];
  /** What has returned a promise that has not settled. */
  readonly #pending = new Set<Task>();

  /**
   * Runs `work` as part of a leadership; what is asynchronous is running until it has settled.
   *
   * @param args what `work` is called with, so that a call which is made very often needs no closure
   * @returns what `work` returns; where that is a thenable but no promise, a promise of its outcome, since a query builder
   *   runs its query whenever somebody calls `then`, and may do so only once
   */
  run<T, Args extends unknown[]>(
    name: string,
    leadership: Leadership,
    work: (...args: Args) => T,
    ...args: Args
  ): T {
    const task = new Task(name, leadership);
    // From its first instruction on: it may itself end the leadership, and is waited for all the same.
    this.#calls.push(task);
    let isPending = false;
    try {
      const returned = runIn(task, work, ...args);
      if (typeof returned !== 'object' || returned === null) return returned;
      const result = asPromise(task, returned);
      if (types.isPromise(result)) {
        isPending = true;
        this.#follow(task, result);
      }
      return result;
    } finally {
      this.#calls.pop();
      if (!isPending) task.end();
    }
  }

  /** Whether it has not ended. */
  includes(task: Task): boolean {
    return this.#running.includes(task);
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
    await Promise.all(this.#of(leadership).map((task) => task.ended));
  }

  get #running(): readonly Task[] {
    return [...this.#calls, ...this.#pending];
  }

  #of(leadership: Leadership): readonly Task[] {
    return this.#running.filter((task) => task.leadership === leadership);
  }

  /** The outcome is the caller's business; here only the end counts. */
  #follow(task: Task, promise: Promise<unknown>): void {
    this.#pending.add(task);
    const settled = async () => {
      await promise;
    };
    const end = () => {
      this.#pending.delete(task);
      task.end();
    };
    settled().then(end, end);
  }
}

/** Not `instanceof Promise`: promises also come from other realms. Of a thenable, what runs in it is part of the task. */
function asPromise<T>(task: Task, value: T): T {
  if (types.isPromise(value)) return value;
  return runIn(task, () =>
    typeof propertyOf(value, 'then') === 'function' ? (Promise.resolve(value) as T) : value,
  );
}
