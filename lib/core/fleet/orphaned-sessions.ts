import { Emitter, type Unsubscribe } from '../common/emitter.js';
import type { SessionIdentity } from '../port/session-control.js';
import type { Session } from '../session/session.js';

/**
 * Terminates earlier sessions of this instance that the server may still keep, with their locks. All duties of their
 * terms have ended, so there is no need to wait until the server detects that they are dead.
 *
 * @internal
 */
export class OrphanedSessions {
  readonly #orphans = new Set<SessionIdentity>();
  readonly #onTerminated: () => void;
  readonly #onAdded = new Emitter<SessionIdentity>();
  #session: Session | undefined;

  /** @param onTerminated called when a session was terminated, so its locks are free */
  constructor(onTerminated: () => void) {
    this.#onTerminated = onTerminated;
  }

  /** Uses this session to terminate them from now on. Resolves when all current ones have been processed. */
  async use(session: Session): Promise<void> {
    this.#session = session;
    await this.#terminate();
  }

  /** Calls the listener when another one is added. */
  onAdded(listener: () => void): Unsubscribe {
    return this.#onAdded.on(listener);
  }

  add(orphan: SessionIdentity): void {
    this.#orphans.add(orphan);
    this.#onAdded.emit(orphan);
    this.#terminate().catch(() => undefined); // It handles all failures itself.
  }

  async #terminate(): Promise<void> {
    const session = this.#session;
    if (!session || session.ended) return;
    const terminated = [...this.#orphans].map((orphan) => {
      this.#orphans.delete(orphan);
      // If this session has ended too, the next one retries.
      return session
        .run((connection) => connection.terminate(orphan))
        .then(this.#onTerminated, () => void this.#orphans.add(orphan));
    });
    await Promise.all(terminated);
  }
}
