import { AsyncLocalStorage } from 'node:async_hooks';
import type { Leadership } from '../model/leadership.js';
import { deferred, type Deferred } from '../time/wait.js';

/**
 * Work that runs on behalf of a leadership: a hook, a tick or a request.
 *
 * @internal
 */
export class Task {
  #waiting: Deferred<void> | undefined;

  constructor(
    readonly name: string,
    readonly leadership: Leadership,
  ) {}

  /**
   * Resolves when the task ends, successfully or not. Created on demand: each method call is a task, and few are
   * awaited.
   */
  get ended(): Promise<void> {
    this.#waiting ??= deferred();
    return this.#waiting.promise;
  }

  end(): void {
    this.#waiting?.resolve();
  }
}

const storage = new AsyncLocalStorage<Task>();

/**
 * Returns the leadership in which the running handler or hook was started, even after an `await`: a handler that
 * outlives its term gets its own, aborted term, not the next one. Undefined outside leader-only code.
 */
export function currentLeadership(): Leadership | undefined {
  return storage.getStore()?.leadership;
}

/** @internal */
export function currentTask(): Task | undefined {
  return storage.getStore();
}

/** @internal */
export function runIn<T, Args extends unknown[]>(
  task: Task,
  work: (...args: Args) => T,
  ...args: Args
): T {
  return storage.run(task, work, ...args);
}
