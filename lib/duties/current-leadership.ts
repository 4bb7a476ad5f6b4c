import { AsyncLocalStorage } from 'node:async_hooks';
import type { Leadership } from '../election/leadership.js';

const storage = new AsyncLocalStorage<Leadership>();

/**
 * The leadership in which the running handler or hook was started, kept across `await`: a handler that outlives its term
 * sees *its* signal aborted and *its* term, not the next ones. Undefined outside leader-only code.
 */
export function currentLeadership(): Leadership | undefined {
  return storage.getStore();
}

/** @internal */
export function runIn<T>(leadership: Leadership, work: () => T): T {
  return storage.run(leadership, work);
}
