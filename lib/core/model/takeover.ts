/**
 * How a new leader takes over.
 * - `fast`: it leads as soon as no previous leader can still trust its lease, judging by the history of the server.
 * - `strict`: it always waits for `renewDeadline`, unless it saw its predecessor resign. This also covers a lock that
 *   vanished because the leader's backend was terminated and the leader could not notice it.
 */
export type Takeover = 'fast' | 'strict';

/** @internal */
export const TAKEOVERS: readonly Takeover[] = ['fast', 'strict'];
