import { types } from 'node:util';
import { propertyOf } from '../common/thrown.js';
import type { Leadership } from '../model/leadership.js';
import { runIn, Task } from './current-leadership.js';

/** The work that currently runs on behalf of one election, by name. A demotion waits for it. */
export class RunningWork {
  /**
   * Calls that have not returned, the innermost last. Kept separately because a method may be called a million times.
   */
  readonly #calls: Task[] = [];
  /** Calls that have returned a promise which has not settled. */
  readonly #pending = new Set<Task>();

  /**
   * Runs `work` as part of a leadership. Asynchronous work counts as running until it settles.
   *
   * @param args the arguments of `work`, so that frequent calls need no closure
   * @returns the result of `work`. A thenable that is not a promise is replaced by a promise of its outcome: a query
   *   builder runs its query at each call of `then`, and must run it only once
   */
  run<T, Args extends unknown[]>(
    name: string,
    leadership: Leadership,
    work: (...args: Args) => T,
    ...args: Args
  ): T {
    const task = new Task(name, leadership);
    // Before the first instruction of `work`: it may itself end the leadership, and the demotion must still wait for
    // it.
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

  /** Whether a task is still running. */
  includes(task: Task): boolean {
    return this.#running.includes(task);
  }

  /** The names of the tasks of a leadership that are still running. */
  namesOf(leadership: Leadership): readonly string[] {
    return [...new Set(this.#of(leadership).map(({ name }) => name))];
  }

  /**
   * Resolves when all current tasks of a leadership have ended, successfully or not. Tasks that an earlier leadership
   * abandoned are not included.
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

  /** Notes the end of a promise. The caller handles its outcome. */
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

/** Not `instanceof Promise`: promises may come from other realms. The `then` of a thenable runs as part of the task. */
function asPromise<T>(task: Task, value: T): T {
  if (types.isPromise(value)) return value;
  return runIn(task, () =>
    typeof propertyOf(value, 'then') === 'function' ? (Promise.resolve(value) as T) : value,
  );
}
