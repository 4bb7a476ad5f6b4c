import { AsyncLocalStorage } from 'node:async_hooks';
import type { Leadership } from '../model/leadership.js';
import { deferred, type Deferred } from '../time/wait.js';

/**
 * What runs on behalf of a leadership: a hook, a tick, a request.
 *
 * @internal
 */
export class Task {
  #waiting: Deferred<void> | undefined;

  constructor(
    readonly name: string,
    readonly leadership: Leadership,
  ) {}

  /** Resolves when it ends, whatever its outcome. For one that is running: each call of a method is one, and few are waited for. */
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
 * The leadership in which the running handler or hook was started, kept across `await`: a handler that outlives its term
 * sees *its* signal aborted and *its* term, not the next ones. Undefined outside leader-only code.
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
