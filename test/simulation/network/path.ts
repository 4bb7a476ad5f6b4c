import type { Agenda } from '../time/agenda.js';
import type { Randomness } from '../time/randomness.js';

/** Milliseconds that a packet takes: usually little, rarely very much. */
export interface Latency {
  readonly usual: number;
  readonly slow: number;
  readonly slowShare: number;
}

/**
 * One direction between an instance's host and the server's. While it is cut, packets wait, and arrive in order when it
 * is mended, as TCP sends them again.
 */
export class Path {
  readonly #agenda: Agenda;
  readonly #random: Randomness;
  readonly #latency: Latency;
  readonly #waiting: (() => void)[] = [];
  #cuts = 0;

  constructor(agenda: Agenda, random: Randomness, latency: Latency) {
    this.#agenda = agenda;
    this.#random = random;
    this.#latency = latency;
  }

  get isCut(): boolean {
    return this.#cuts > 0;
  }

  cut(): void {
    this.#cuts += 1;
  }

  mend(): void {
    this.#cuts -= 1;
    if (this.#cuts > 0) return;
    // TCP tries again after pauses of its own.
    const retransmission = this.#random.between(0, 1_000);
    this.#agenda.after(retransmission, () => {
      if (this.isCut) return;
      for (const send of this.#waiting.splice(0)) send();
    });
  }

  /** Sends a packet of a connection; `arrive` runs when it is there. */
  send(stream: Stream, arrive: () => void): void {
    if (this.isCut || this.#waiting.length > 0) {
      this.#waiting.push(() => {
        this.#fly(stream, arrive);
      });
    } else {
      this.#fly(stream, arrive);
    }
  }

  #fly(stream: Stream, arrive: () => void): void {
    const { usual, slow, slowShare } = this.#latency;
    const random = this.#random;
    const longest = random.chance(slowShare) ? slow : usual;
    stream.last = Math.max(stream.last, this.#agenda.now + random.between(0.1, longest));
    this.#agenda.at(stream.last, arrive);
  }
}

/** What keeps the packets of one direction of one connection in order. */
export class Stream {
  last = 0;
}
