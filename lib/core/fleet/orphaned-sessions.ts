import type { SessionIdentity } from '../port/session-control.js';
import type { Session } from '../session/session.js';

/**
 * Earlier sessions of this instance that the server may still have, with their locks. The duties of their terms have all ended,
 * so nobody needs to wait until the server notices that they are dead.
 *
 * @internal
 */
export class OrphanedSessions {
  readonly #orphans = new Set<SessionIdentity>();
  readonly #onTerminated: () => void;
  #session: Session | undefined;

  /** @param onTerminated one has ended, so its locks are free */
  constructor(onTerminated: () => void) {
    this.#onTerminated = onTerminated;
  }

  /** They are terminated on this session from now on. */
  use(session: Session): void {
    this.#session = session;
    this.#terminate();
  }

  add(orphan: SessionIdentity): void {
    this.#orphans.add(orphan);
    this.#terminate();
  }

  #terminate(): void {
    const session = this.#session;
    if (!session || session.ended) return;
    for (const orphan of this.#orphans) {
      this.#orphans.delete(orphan);
      session
        .run((connection) => connection.terminate(orphan))
        .then(this.#onTerminated, () => this.#orphans.add(orphan)); // This session is over, too: the next one tries again.
    }
  }
}
