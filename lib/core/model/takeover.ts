/**
 * How a new leader takes over.
 * - `fast`: it leads as soon as nobody else can believe that it does, as far as the server's own history tells.
 * - `strict`: it always waits for `renewDeadline`, unless it saw its predecessor resign. It also covers a lock that
 *   vanished because somebody terminated the backend of a leader that could not notice it.
 */
export type Takeover = 'fast' | 'strict';

/** @internal */
export const TAKEOVERS: readonly Takeover[] = ['fast', 'strict'];
