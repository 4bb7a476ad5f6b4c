import type { Leadership } from '../../../lib/core/model/leadership.js';
import type { SimulatedProcess } from '../time/simulated-process.js';
import type { SimulatedHooks } from './simulated-hooks.js';
import type { SimulatedJob } from './simulated-job.js';
import type { Duties } from '../../../lib/core/model/election-setup.js';

export interface DutiesSetup {
  readonly process: SimulatedProcess;
  readonly hooks: SimulatedHooks;
  readonly job: SimulatedJob;
  readonly stopTimeout: number;
  /** A planted bug. */
  readonly stopsWithoutWaiting: boolean;
  readonly onStart: () => void;
  /** They have stopped, or have to be abandoned. */
  readonly onStopped: () => void;
  readonly expect: (holds: boolean, otherwise: string) => void;
}

/** Hooks, and then a job, as in an application of Nest; they see to it that they are started and stopped in turn. */
export class SimulatedDuties implements Duties {
  readonly #setup: DutiesSetup;
  #current: Leadership | undefined;
  /** Until when the duties of an earlier term are being stopped, in monotonic milliseconds. */
  #stoppingUntil = -Infinity;

  constructor(setup: DutiesSetup) {
    this.#setup = setup;
  }

  /** Whether duties are being stopped that were not abandoned. */
  get stopping(): boolean {
    return this.#setup.process.now().monotonic < this.#stoppingUntil;
  }

  /** Whether a term's duties were started and not told to stop. */
  get started(): boolean {
    return this.#current !== undefined;
  }

  /** Whether they have failed in the term that was begun last. */
  get hasFailed(): boolean {
    return this.#setup.hooks.hasFailed;
  }

  async start(leadership: Leadership, heartbeatNow: () => void): Promise<void> {
    const { hooks, job, expect, onStart } = this.#setup;
    expect(this.#current === undefined, 'Duties are started that were not stopped');
    expect(!this.stopping, 'Duties are started that are still being stopped');
    this.#current = leadership;
    onStart();
    await hooks.elected();
    if (!leadership.signal.aborted) job.switchOn(leadership, heartbeatNow);
  }

  async stop(leadership: Leadership): Promise<void> {
    const { process, hooks, job, stopTimeout, expect, onStopped } = this.#setup;
    expect(this.#current === leadership, 'Duties are stopped that were not started');
    this.#current = undefined;
    job.switchOff();
    const milliseconds = hooks.demoted();
    // Those that take too long are abandoned, which others may count on; timers are off by a moment.
    const longest = Math.min(milliseconds, stopTimeout - 2);
    this.#stoppingUntil = process.now().monotonic + longest;
    process.after(Math.min(milliseconds, stopTimeout), onStopped);
    if (this.#setup.stopsWithoutWaiting) return;
    await new Promise<void>((resolve) => {
      if (milliseconds < Infinity) process.after(milliseconds, resolve);
    });
  }

  nextDue(seenAt: number): number | undefined {
    return this.#setup.job.nextDue(seenAt);
  }

  unfinished(): readonly string[] {
    return ['onDemoted'];
  }
}
