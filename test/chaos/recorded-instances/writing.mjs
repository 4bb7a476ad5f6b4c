import { setTimeout as delay } from 'node:timers/promises';
import { isExpected } from './job-runs.mjs';

/** What a leader does: it writes its term into a table, in transactions that only a leader can commit. */
export class Writing {
  #about;
  #recorder;
  #running = Promise.resolve();

  /** @param {{ instance: string, election: string }} about @param {import('./recorder.mjs').Recorder} recorder */
  constructor(about, recorder) {
    this.#about = about;
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
    const { election, instance } = this.#about;
    while (!leadership.signal.aborted) {
      try {
        await leadership.transaction((transaction) =>
          transaction.query(
            'INSERT INTO chaos_write (election, term, instance) VALUES ($1, $2, $3)',
            [election, String(leadership.term), instance],
          ),
        );
      } catch (error) {
        if (!isExpected(error)) this.#recorder.note('write failed', { message: String(error) });
      }
      await delay(20 + 60 * Math.random());
    }
  }
}
