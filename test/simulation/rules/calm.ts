/** Since when nothing has happened to something that a rule would have to allow for. */
export class Calm {
  #since = -Infinity;

  get since(): number {
    return this.#since;
  }

  /** Something happens to it until `moment`. */
  disturb(moment: number): void {
    this.#since = Math.max(this.#since, moment);
  }
}
