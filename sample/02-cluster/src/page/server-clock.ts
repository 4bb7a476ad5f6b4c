/** The clock of the happenings, which is the application's. */
export class ServerClock {
  #offset = -Infinity;

  /** Takes note of a message that was sent at `sentAt` and has just arrived. */
  hear(sentAt: number): void {
    // The message that took the least time is the closest to the truth.
    this.#offset = Math.max(this.#offset, sentAt - performance.now());
  }

  /** After a reconnect it may be another application, with another clock. */
  reset(): void {
    this.#offset = -Infinity;
  }

  now(): number {
    return performance.now() + this.#offset;
  }

  /** On the viewer's clock. */
  dateOf(at: number): Date {
    return new Date(Date.now() - (this.now() - at));
  }
}
