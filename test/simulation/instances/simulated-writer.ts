import { LeadershipLostError, type Leadership } from '../../../lib/core/model/leadership.js';
import { failing, writing } from '../network/simulated-connection.js';
import { StatementError } from '../server/backend.js';
import type { Ledger, Write } from '../server/ledger.js';
import type { Randomness } from '../time/randomness.js';
import type { SimulatedProcess } from '../time/simulated-process.js';
import { sleep } from '../../../lib/core/time/wait.js';
import { TransactionError } from '../../../lib/core/session/open-transaction.js';

export interface WriterSetup {
  readonly process: SimulatedProcess;
  readonly random: Randomness;
  readonly ledger: Ledger;
  readonly lock: bigint;
  /** Whether the application still writes. */
  readonly mayWrite: () => boolean;
  readonly note: (what: string) => void;
  readonly expect: (holds: boolean, otherwise: string) => void;
}

/** The longest pause between two transactions, in milliseconds: much shorter, and they are most of what a run does. */
const LONGEST_PAUSE = 15_000;

/** What the work of a transaction itself throws. */
class WorkFailed extends Error {}

/** What a transaction may reject with, as its documentation says. */
const documented = [LeadershipLostError, TransactionError, StatementError, WorkFailed];

/** Writes in fenced transactions while its instance leads, and compares what it is told with what became of them. */
export class SimulatedWriter {
  readonly #setup: WriterSetup;
  #underWay = 0;

  constructor(setup: WriterSetup) {
    this.#setup = setup;
  }

  /** Transactions whose outcome nobody was told yet. */
  get underWay(): number {
    return this.#underWay;
  }

  async serve(leadership: Leadership): Promise<void> {
    const { mayWrite, process, random } = this.#setup;
    do {
      await sleep(process, random.between(0, LONGEST_PAUSE), leadership.signal);
      // Also once when the term is over: that one must be refused.
      if (mayWrite()) await this.#write(leadership);
    } while (!leadership.signal.aborted);
  }

  async #write(leadership: Leadership): Promise<void> {
    const { ledger, lock, note, expect } = this.#setup;
    const write: Write = { id: ledger.nextId(), lock, term: leadership.term };
    this.#underWay += 1;
    try {
      await leadership.transaction((transaction) => this.#work(transaction.query, write));
      note('has written');
      ledger.told('committed', write);
    } catch (error) {
      note(`has not written: ${String(error)}`);
      expect(
        documented.some((kind) => error instanceof kind),
        `A transaction rejects with ${String(error)}`,
      );
      const unknown = error instanceof TransactionError && error.outcome === 'unknown';
      if (!unknown) ledger.told('rolled back', write);
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Usually short; sometimes longer than it may be; sometimes it fails, or one of its statements does. */
  async #work(query: (text: string, values: unknown[]) => Promise<unknown>, write: Write) {
    const { random } = this.#setup;
    await query(writing, [write]);
    if (random.chance(0.5))
      await this.#pass(random.between(1, random.chance(0.1) ? 15_000 : 2_000));
    if (random.chance(0.05)) throw new WorkFailed('The work failed');
    if (random.chance(0.05)) await query(failing, []).catch(() => undefined);
  }

  #pass(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#setup.process.after(milliseconds, resolve);
    });
  }
}
