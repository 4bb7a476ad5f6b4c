import type { Announcement } from './announcement.js';
import type { Session } from './session.js';

/**
 * Watches whether the holder of a lock gives it back of its own accord.
 *
 * An announcement alone proves nothing, since anyone who can connect may send one. But the server names the process that
 * sent it, and `pg_locks` names the process that holds the lock; a resignation is made in the statement that unlocks. So
 * a resignation counts when it comes from the process that was seen to hold the lock, and as long as nobody else has
 * acquired it since.
 *
 * @internal
 */
export class ResignationWatch {
  readonly #session: Session;
  readonly #lock: bigint;
  #holder: number | undefined;
  #looks = 0;
  #resigned = false;

  constructor(session: Session, lock: bigint) {
    this.#session = session;
    this.#lock = lock;
    this.#look();
  }

  /** Whether the last holder of the lock was seen to resign. */
  get resigned(): boolean {
    return this.#resigned;
  }

  hear(announcement: Announcement, sender: number): void {
    switch (announcement.type) {
      case 'acquired':
      case 'elected':
        this.#resigned = false;
        if (sender !== this.#holder) this.#look();
        return;
      case 'resigned':
        if (sender === this.#holder) this.#resigned = true;
        return;
    }
  }

  #look(): void {
    this.#holder = undefined;
    this.#looks += 1;
    const look = this.#looks;
    this.#session
      .run((connection) => connection.holders([this.#lock]))
      .then(
        ([holder]) => {
          if (look === this.#looks) this.#holder = holder?.pid; // Otherwise somebody has acquired it since.
        },
        () => undefined, // The session is over, and this watch with it.
      );
  }
}
