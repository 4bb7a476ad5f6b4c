import cliProgress from 'cli-progress';

/** Shows the progress of a measurement; without a terminal, as one line every 15 s. */
export class Progress {
  #bar;

  /** @param {string} title */
  constructor(title) {
    this.#bar = new cliProgress.SingleBar({
      format: `${title} {bar} {value}/{total} · {what} · {eta_formatted} left`,
      noTTYOutput: true,
      notTTYSchedule: 15_000,
      gracefulExit: false,
    });
  }

  /** @param {number} total steps */
  start(total) {
    this.#bar.start(total, 0, { what: '' });
  }

  /** @param {string} what is under way */
  begin(what) {
    this.#bar.update({ what });
  }

  /** @param {number} [steps] that are done */
  step(steps = 1) {
    this.#bar.increment(steps);
  }

  stop() {
    this.#bar.stop();
  }
}
