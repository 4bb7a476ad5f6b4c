import type { Leadership } from '../../../lib/core/model/leadership.js';
import type { Cancel } from '../../../lib/core/time/clock.js';
import { EPOCH, type SimulatedProcess } from '../time/simulated-process.js';

/** When a job is due, in virtual milliseconds: each `period`, from `phase` on. A period of Infinity is no job. */
export interface Rhythm {
  readonly period: number;
  readonly phase: number;
}

export interface JobSetup {
  readonly process: SimulatedProcess;
  readonly rhythm: Rhythm;
  /** Whether this instance leads at this instant: otherwise a tick is not run. */
  readonly isLeader: () => boolean;
  /** What the leader knows when the job starts, and whether it catches up at once. */
  readonly onStart: (leadership: Leadership, catchesUp: boolean) => void;
  /** @param due in milliseconds of the wall clock */
  readonly onTick: (due: number) => void;
}

/** How far from now the package `cron` still finds a date: eight years. */
const FARTHEST = 8 * 366 * 24 * 3_600_000;

/** A job like those of the package `cron`, which catches up: it runs by the wall clock of its machine. */
export class SimulatedJob {
  readonly #setup: JobSetup;
  #cancel: Cancel = () => undefined;

  constructor(setup: JobSetup) {
    this.#setup = setup;
  }

  /** As the real one, it throws where it is asked for a date that is too far away. */
  nextDue(seenAt: number): number | undefined {
    const { period } = this.#setup.rhythm;
    const phase = EPOCH + this.#setup.rhythm.phase;
    if (period === Infinity) return undefined;
    if (!(Math.abs(seenAt) < EPOCH + FARTHEST)) throw new Error('Something went wrong: no date');
    return phase + (Math.floor((seenAt - phase) / period) + 1) * period;
  }

  switchOn(leadership: Leadership, heartbeatNow: () => void): void {
    if (this.#setup.rhythm.period === Infinity) return;
    const { isLeader, onStart } = this.#setup;
    const { predecessorSeenAt, since } = leadership;
    const missed = this.nextDue((predecessorSeenAt ?? since).getTime());
    const catchesUp = missed !== undefined && missed <= this.#now;
    if (catchesUp) heartbeatNow();
    onStart(leadership, catchesUp && isLeader());
    this.#await(this.nextDue(this.#now) as number, heartbeatNow);
  }

  switchOff(): void {
    this.#cancel();
  }

  get #now(): number {
    return this.#setup.process.now().wall;
  }

  #await(due: number, heartbeatNow: () => void): void {
    const { process, isLeader, onTick } = this.#setup;
    this.#cancel = process.after(due - this.#now, () => {
      if (this.#now < due) {
        this.#await(due, heartbeatNow); // The clock was set back.
        return;
      }
      this.#await(this.nextDue(this.#now) as number, heartbeatNow);
      heartbeatNow();
      if (isLeader()) onTick(due);
    });
  }
}
