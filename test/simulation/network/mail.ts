import type { Notification } from '../server/backend.js';
import { Calm } from '../rules/calm.js';
import type { Agenda } from '../time/agenda.js';
import type { Randomness } from '../time/randomness.js';
import type { SimulatedProcess } from '../time/simulated-process.js';

export type MailTrouble = 'lost' | 'late' | 'doubled';

/** Milliseconds by which a notification may be late. */
const LATEST = 5_000;

/**
 * How notifications reach an instance: at once and in order, but for a while they may get lost, come late or come twice. The
 * server never does that while the session lives; but everything must work without them.
 */
export class Mail {
  readonly #agenda: Agenda;
  readonly #random: Randomness;
  readonly #process: SimulatedProcess;
  #trouble: { readonly kind: MailTrouble; readonly until: number } | undefined;
  readonly calm = new Calm();

  constructor(agenda: Agenda, random: Randomness, process: SimulatedProcess) {
    this.#agenda = agenda;
    this.#random = random;
    this.#process = process;
  }

  disturb(kind: MailTrouble, duration: number): void {
    const until = this.#agenda.now + duration;
    this.#trouble = { kind, until };
    this.calm.disturb(until + LATEST);
  }

  deliver(notification: Notification, hand: (notification: Notification) => void): void {
    const trouble = this.#trouble;
    if (!trouble || trouble.until < this.#agenda.now) {
      hand(notification);
      return;
    }
    switch (trouble.kind) {
      case 'lost':
        return;
      case 'late':
        this.#agenda.after(this.#random.between(0, LATEST), () => {
          this.#process.deliver(() => {
            hand(notification);
          });
        });
        return;
      case 'doubled':
        hand(notification);
        hand(notification);
    }
  }
}
