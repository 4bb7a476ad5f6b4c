import { Emitter, type Unsubscribe } from '../common/emitter.js';
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
  readonly #onAdded = new Emitter<SessionIdentity>();
  #session: Session | undefined;

  /** @param onTerminated one has ended, so its locks are free */
  constructor(onTerminated: () => void) {
    this.#onTerminated = onTerminated;
  }

  /** They are terminated on this session from now on. Resolves when those that there are have been told to end. */
  async use(session: Session): Promise<void> {
    this.#session = session;
    await this.#terminate();
  }

  /** Tells when there is another. */
  onAdded(listener: () => void): Unsubscribe {
    return this.#onAdded.on(listener);
  }

  add(orphan: SessionIdentity): void {
    this.#orphans.add(orphan);
    this.#onAdded.emit(orphan);
    this.#terminate().catch(() => undefined); // It deals with everything that can fail.
  }

  async #terminate(): Promise<void> {
    const session = this.#session;
    if (!session || session.ended) return;
    const terminated = [...this.#orphans].map((orphan) => {
      this.#orphans.delete(orphan);
      return session
        .run((connection) => connection.terminate(orphan))
        .then(this.#onTerminated, () => void this.#orphans.add(orphan)); // This session is over, too: the next one tries again.
    });
    await Promise.all(terminated);
  }
}
