import { systemClock } from '../election/clock.js';
import type { Leadership, LossReason } from '../election/leadership.js';
import type { ElectionLogger } from '../election/logger.js';
import { pause } from '../election/pause.js';
import { stackOf, stringOf } from '../election/thrown.js';
import type { OnDemoted } from '../interfaces/on-demoted.interface.js';
import type { OnElected } from '../interfaces/on-elected.interface.js';
import type { RunningWork } from './running-work.js';

/** A provider with hooks, and its class's name. */
export interface HookedProvider {
  readonly name: string;
  readonly instance: Partial<OnElected & OnDemoted>;
}

interface Started {
  readonly provider: HookedProvider;
  /** Resolves when its `onElected` has settled. */
  readonly elected: Promise<void>;
}

/**
 * Calls the providers' hooks: `onElected` one after the other in module order, `onDemoted` in reverse, for just those
 * whose `onElected` was called.
 */
export class LeaderHooks {
  readonly #providers: readonly HookedProvider[];
  readonly #work: RunningWork;
  readonly #logger: ElectionLogger;
  readonly #patience: number;
  #started: Started[] = [];

  /**
   * @param patience milliseconds that an `onElected` under way may keep the others from being demoted
   */
  constructor(
    providers: readonly HookedProvider[],
    { work, logger, patience }: { work: RunningWork; logger: ElectionLogger; patience: number },
  ) {
    this.#providers = providers;
    this.#work = work;
    this.#logger = logger;
    this.#patience = patience;
  }

  /** Rejects with what the first failing hook threw; the hooks after it are not called. */
  async elected(leadership: Leadership): Promise<void> {
    const started: Started[] = [];
    this.#started = started;
    for (const provider of this.#providers) {
      if (leadership.signal.aborted) return;
      const call = this.#work.run(`${provider.name}.onElected`, leadership, async () =>
        provider.instance.onElected?.(leadership),
      );
      started.push({ provider, elected: call.catch(() => undefined) });
      await call;
    }
  }

  /** Resolves when every hook has returned. A hook that throws is logged, and the others are called all the same. */
  async demoted(leadership: Leadership, reason: LossReason): Promise<void> {
    const started = this.#started;
    this.#started = [];
    const unsettled: Promise<void>[] = [];
    for (const { provider, elected } of started.reverse()) {
      const demoted = elected.then(() => this.#demote(provider, leadership, reason));
      unsettled.push(demoted);
      // An `onElected` that does not come back must not keep the others from being told to stop.
      const enough = new AbortController();
      await Promise.race([demoted, pause(systemClock, this.#patience, enough.signal)]);
      enough.abort();
    }
    await Promise.all(unsettled);
  }

  async #demote(
    provider: HookedProvider,
    leadership: Leadership,
    reason: LossReason,
  ): Promise<void> {
    const name = `${provider.name}.onDemoted`;
    try {
      await this.#work.run(name, leadership, async () =>
        provider.instance.onDemoted?.(leadership, reason),
      );
    } catch (error) {
      this.#logger.error(`${name} failed: ${stringOf(error)}`, stackOf(error));
    }
  }
}
