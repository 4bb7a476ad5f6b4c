/** The clock of the happenings, which is the application's, read from here. */
export class ServerClock {
  #offset = -Infinity;

  /** Takes note that a message came that was sent at `sentAt`. */
  hear(sentAt: number): void {
    // The message that was fastest on its way is the closest to the truth.
    this.#offset = Math.max(this.#offset, sentAt - performance.now());
  }

  /** Another application may be there after a reconnect, with another clock. */
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
