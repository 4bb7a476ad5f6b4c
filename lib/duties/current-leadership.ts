import { AsyncLocalStorage } from 'node:async_hooks';
import type { Leadership } from '../election/leadership.js';

/** What runs on behalf of a leadership: a hook, a tick, a request. */
export interface Task {
  readonly name: string;
  readonly leadership: Leadership;
  /** Resolves when it has ended, whatever its outcome. */
  readonly ended: Promise<void>;
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
export function runIn<T>(task: Task, work: () => T): T {
  return storage.run(task, work);
}
