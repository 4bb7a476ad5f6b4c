import { isError, propertyOf } from '../common/thrown.js';
import type { Locks } from './locks.js';
import type { Messages } from './messages.js';
import type { ServerHistory } from './server-history.js';
import type { SessionControl } from './session-control.js';
import type { Transactions } from './transactions.js';

/**
 * What an adapter has to bring: one live connection. `environment.ts` chooses the adapter. Callers send one statement at a time. A
 * statement that the server refuses, or that can't be answered any more, rejects.
 *
 * @internal
 */
export interface Connection extends SessionControl, Locks, Messages, Transactions, ServerHistory {}

/**
 * And how to get a connection.
 *
 * @internal
 */
export interface Connector {
  /** Connects and sets the session up. Rejects when that fails or `signal` aborts. */
  connect(signal: AbortSignal): Promise<Connection>;
}

/** An error that no retry can heal (a wrong password, an unsupported server): reported, and retried at the longest pause. */
export interface PermanentError extends Error {
  readonly permanent: true;
}

/** @internal */
export function isPermanent(error: unknown): error is PermanentError {
  return isError(error) && propertyOf(error, 'permanent') === true;
}
