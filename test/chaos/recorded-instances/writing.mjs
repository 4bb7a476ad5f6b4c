import { setTimeout as delay } from 'node:timers/promises';

/** What a leader does: it writes its term into a table, in transactions that only a leader can commit. */
export class Writing {
  #instance;
  #recorder;
  #running = Promise.resolve();

  /** @param {string} instance @param {import('./recorder.mjs').Recorder} recorder */
  constructor(instance, recorder) {
    this.#instance = instance;
    this.#recorder = recorder;
  }

  /** @param {import('nestjs-leader-election').Leadership} leadership */
  start(leadership) {
    this.#running = this.#write(leadership);
  }

  end() {
    return this.#running;
  }

  /** @param {import('nestjs-leader-election').Leadership} leadership */
  async #write(leadership) {
    while (!leadership.signal.aborted) {
      try {
        await leadership.transaction((transaction) =>
          transaction.query('INSERT INTO chaos_write (term, instance) VALUES ($1, $2)', [
            String(leadership.term),
            this.#instance,
          ]),
        );
      } catch (error) {
        // Expected of a leader that is being cut off; anything else must not go unseen.
        const { name } = /** @type {Error} */ (error);
        if (!['LeadershipLostError', 'TransactionError', 'SessionEndedError'].includes(name)) {
          this.#recorder.note('write failed', { message: String(error) });
        }
      }
      await delay(20 + 60 * Math.random());
    }
  }
}
