/**
 * A run of the job that catches up, as its handler knows it.
 *
 * @typedef {object} JobRun
 * @property {number} tick the last moment at which the job was due, in milliseconds of the wall clock
 * @property {boolean} caughtUp whether it began at the election, and not at the tick
 */

const INSERT = `INSERT INTO chaos_run (election, tick, term, instance, caught_up, fenced)
                VALUES ($1, $2, $3, $4, $5, $6)`;

/** SQLSTATE classes and codes of a server that shuts down, is overloaded, or is a standby. */
const PASSING = /^(08|53|57|25006)/;

/** Writes the runs of one election's job into the database: on a connection of the application's own, and in a fenced transaction. */
export class JobRuns {
  #about;
  #connection;
  #recorder;

  /**
   * @param {{ instance: string, election: string }} about
   * @param {import('./own-connection.mjs').OwnConnection} connection
   * @param {import('./recorder.mjs').Recorder} recorder
   */
  constructor(about, connection, recorder) {
    this.#about = about;
    this.#connection = connection;
    this.#recorder = recorder;
  }

  /** @param {JobRun} run @param {import('nestjs-leader-election').Leadership} leadership */
  async write({ tick, caughtUp }, leadership) {
    const { election, instance } = this.#about;
    const values = (/** @type {boolean} */ fenced) => [
      ...[election, tick, String(leadership.term), instance, caughtUp],
      fenced,
    ];
    await Promise.all([
      untilAborted(
        leadership.signal,
        this.#connection.query(INSERT, values(false)).catch((error) => {
          // Without a code it is no answer of the server: the connection was lost, or silent for too long.
          if (error.severity && !PASSING.test(error.code)) this.#failed(error);
        }),
      ),
      leadership
        .transaction((transaction) => transaction.query(INSERT, values(true)))
        .catch((error) => {
          if (!isExpected(error)) this.#failed(error);
        }),
    ]);
  }

  /** @param {unknown} error */
  #failed(error) {
    this.#recorder.note('write failed', { message: String(error) });
  }
}

/** Of a leader that is being cut off. @param {unknown} error of a fenced transaction */
export function isExpected(error) {
  const { name } = /** @type {Error} */ (error);
  return ['LeadershipLostError', 'TransactionError', 'SessionEndedError'].includes(name);
}

/** A duty that stops does not wait for a connection that may be silent. @param {AbortSignal} signal @param {Promise<unknown>} work */
async function untilAborted(signal, work) {
  const over = new AbortController();
  await Promise.race([
    work,
    new Promise((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener('abort', resolve, { signal: over.signal });
    }),
  ]);
  over.abort();
}
