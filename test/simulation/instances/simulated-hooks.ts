import type { Randomness } from '../time/randomness.js';
import type { SimulatedProcess } from '../time/simulated-process.js';
import { deferred } from '../../../lib/core/time/wait.js';

/** Out of a hundred terms, how many have hooks that fail, hang, come back late, or take longer to stop than they may. */
export interface DutyTrouble {
  failing: number;
  hanging: number;
  /** Their `onElected` returns, or fails, long after the term. */
  late: number;
  endless: number;
}

export interface HooksSetup {
  readonly process: SimulatedProcess;
  readonly random: Randomness;
  readonly trouble: DutyTrouble;
  readonly note: (what: string) => void;
}

/** How many failures in a row; each doubles the time for which the instance stays out. */
const MOST_FAILURES = 2;

/** How long after its term an `onElected` may come back, in milliseconds. */
const LATEST = 25_000;

/** What is under way of one term. */
interface Term {
  /** Ends an `onElected` that hangs. */
  readonly giveUp: () => void;
  readonly isLate: boolean;
}

/** Hooks that do nothing but take time. */
export class SimulatedHooks {
  readonly #setup: HooksSetup;
  #term: Term | undefined;
  #failures = 0;
  #failed = false;

  constructor(setup: HooksSetup) {
    this.#setup = setup;
  }

  /** Whether `onElected` has failed in the term that was begun last. */
  get hasFailed(): boolean {
    return this.#failed;
  }

  async elected(): Promise<void> {
    const { random, trouble, note } = this.#setup;
    const { failing, hanging, late } = trouble;
    this.#term = undefined;
    this.#failed = false;
    const fate = random.between(0, 100);
    if (fate < failing && this.#failures < MOST_FAILURES) {
      this.#failures += 1;
      await this.#pass(random.between(1, 500));
      note('onElected fails');
      this.#failed = true;
      throw new Error('onElected failed');
    }
    this.#failures = 0;
    if (fate <= 100 - hanging - late) {
      await this.#pass(random.between(1, 500));
      return;
    }
    const isLate = fate > 100 - late;
    note(isLate ? 'onElected comes back late' : 'onElected hangs');
    const hook = deferred();
    const giveUp = () => {
      hook.resolve();
    };
    this.#term = { giveUp, isLate };
    await hook.promise;
    if (!isLate) return;
    await this.#pass(random.between(0, LATEST));
    note('onElected comes back, long after its term');
    if (random.chance(0.5)) throw new Error('onElected failed late');
  }

  /** Tells how long `onDemoted` takes in milliseconds; Infinity for one that does not return. */
  demoted(): number {
    const { random, trouble, note } = this.#setup;
    const term = this.#term;
    this.#term = undefined;
    term?.giveUp();
    const milliseconds = random.between(1, random.chance(0.2) ? 5_000 : 300);
    const endless = random.between(0, 100) < trouble.endless;
    if (endless) note('onDemoted never ends');
    return endless || term?.isLate ? Infinity : milliseconds;
  }

  #pass(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      this.#setup.process.after(milliseconds, resolve);
    });
  }
}
