import { deferred } from '../../../lib/election/deferred.js';
import type { Duties } from '../../../lib/election/duties.js';
import type { Leadership } from '../../../lib/election/leadership.js';
import type { Randomness } from '../time/randomness.js';
import type { SimulatedProcess } from '../time/simulated-process.js';

/** Out of a hundred terms, how many have hooks that fail, hang, or take longer to stop than they may. */
export interface DutyTrouble {
  failing: number;
  hanging: number;
  endless: number;
}

export interface DutiesSetup {
  readonly process: SimulatedProcess;
  readonly random: Randomness;
  readonly stopTimeout: number;
  readonly trouble: DutyTrouble;
  /** A planted bug. */
  readonly stopsWithoutWaiting: boolean;
  readonly onStart: () => void;
  readonly note: (what: string) => void;
  readonly expect: (holds: boolean, otherwise: string) => void;
}

/** How many failures in a row; each doubles the time for which the instance stays out. */
const MOST_FAILURES = 2;

/** Hooks and jobs that do nothing but take time, and see to it that they are started and stopped in turn. */
export class SimulatedDuties implements Duties {
  readonly #setup: DutiesSetup;
  #current: Leadership | undefined;
  #hung: (() => void) | undefined;
  #failures = 0;
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

  async start(leadership: Leadership): Promise<void> {
    const { random, trouble, expect, onStart, note } = this.#setup;
    expect(this.#current === undefined, 'Duties are started that were not stopped');
    expect(!this.stopping, 'Duties are started that are still being stopped');
    this.#current = leadership;
    onStart();
    const fate = random.between(0, 100);
    if (fate < trouble.failing && this.#failures < MOST_FAILURES) {
      this.#failures += 1;
      await this.#pass(random.between(1, 500));
      note('onElected fails');
      throw new Error('onElected failed');
    }
    this.#failures = 0;
    if (fate > 100 - trouble.hanging) {
      note('onElected hangs');
      const hook = deferred();
      this.#hung = () => {
        hook.resolve();
      };
      await hook.promise;
    } else {
      await this.#pass(random.between(1, 500));
    }
  }

  async stop(leadership: Leadership): Promise<void> {
    const { process, random, stopTimeout, trouble, expect, note } = this.#setup;
    expect(this.#current === leadership, 'Duties are stopped that were not started');
    this.#current = undefined;
    this.#hung?.();
    const milliseconds = random.between(1, random.chance(0.2) ? 5_000 : 300);
    const endless = random.between(0, 100) < trouble.endless;
    // Those that take too long are abandoned, which others may count on; timers are off by a moment.
    this.#stoppingUntil = process.now().monotonic + (endless ? stopTimeout - 2 : milliseconds);
    if (this.#setup.stopsWithoutWaiting) return;
    if (endless) {
      note('onDemoted never ends');
      await new Promise(() => undefined);
    }
    await this.#pass(milliseconds);
  }

  unfinished(): readonly string[] {
    return ['onDemoted'];
  }

  #pass(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#setup.process.after(milliseconds, resolve);
    });
  }
}
