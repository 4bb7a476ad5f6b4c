import { isError, propertyOf } from '../common/thrown.js';
import type { Locks } from './locks.js';
import type { Messages } from './messages.js';
import type { ServerHistory } from './server-history.js';
import type { SessionControl } from './session-control.js';
import type { Transactions } from './transactions.js';

/**
 * The interface of an adapter: one live connection. `environment.ts` selects the adapter. Callers send one statement at
 * a time. A statement rejects if the server refuses it or can no longer answer.
 *
 * @internal
 */
export interface Connection extends SessionControl, Locks, Messages, Transactions, ServerHistory {}

/**
 * Opens connections.
 *
 * @internal
 */
export interface Connector {
  /** Connects and sets up the session. Rejects when that fails or `signal` aborts. */
  connect(signal: AbortSignal): Promise<Connection>;
}

/**
 * An error that retrying can't fix, such as a wrong password or an unsupported server. Retried with the longest pause.
 */
export interface PermanentError extends Error {
  readonly permanent: true;
}

/** @internal */
export function isPermanent(error: unknown): error is PermanentError {
  return isError(error) && propertyOf(error, 'permanent') === true;
}
