import type { ElectionLogger } from '../core/common/logger.js';
import { stackOf, stringOf } from '../core/common/thrown.js';
import type { RunningWork } from '../core/duties/running-work.js';
import type { Leadership, LossReason } from '../core/model/leadership.js';
import type { Cancel, Clock } from '../core/time/clock.js';
import { waitFor, deferred } from '../core/time/wait.js';
import type { OnElected, OnDemoted } from './leader-hooks.interface.js';

/** A provider with hooks, and the name of its class. */
export interface HookedProvider {
  readonly name: string;
  readonly instance: Partial<OnElected & OnDemoted>;
}

/** After how many milliseconds a warning says that others are waiting for an `onElected`. */
const LONG = 10_000;

interface Started {
  readonly provider: HookedProvider;
  /** Resolves when its `onElected` has settled. */
  readonly elected: Promise<void>;
}

/**
 * Calls the providers' hooks: `onElected` one after another in module order, `onDemoted` in reverse order, once for
 * each call of `onElected`.
 */
export class LeaderHooks {
  readonly #providers: readonly HookedProvider[];
  readonly #work: RunningWork;
  readonly #logger: ElectionLogger;
  readonly #clock: Clock;
  #started: readonly Started[] = [];

  constructor(
    providers: readonly HookedProvider[],
    { work, logger, clock }: { work: RunningWork; logger: ElectionLogger; clock: Clock },
  ) {
    this.#providers = providers;
    this.#work = work;
    this.#logger = logger;
    this.#clock = clock;
  }

  /**
   * Rejects with the error of the first hook that throws. Later hooks are not called.
   *
   * @param jobs the names of the jobs that start when all hooks have returned
   */
  async elected(leadership: Leadership, jobs: readonly string[]): Promise<void> {
    const started: Started[] = [];
    this.#started = started;
    for (const [index, provider] of this.#providers.entries()) {
      if (leadership.signal.aborted) return;
      const settled = deferred();
      // Before the call, which may itself end the leadership.
      started.push({ provider, elected: settled.promise });
      const later = this.#providers.slice(index + 1).filter(({ instance }) => instance.onElected);
      const waiting = [...later.map(({ name }) => `${name}.onElected`), ...jobs];
      const returned = this.#warnWhenLong(leadership, `${provider.name}.onElected`, waiting);
      try {
        await this.#work.run(`${provider.name}.onElected`, leadership, async () =>
          provider.instance.onElected?.(leadership),
        );
      } finally {
        returned();
        settled.resolve();
      }
    }
  }

  /**
   * Warns once, unless the hook has returned by then or the leadership is over. Otherwise a loop in the hook would
   * block the others silently.
   */
  #warnWhenLong(
    { election, signal }: Leadership,
    hook: string,
    waiting: readonly string[],
  ): Cancel {
    if (waiting.length === 0) return () => undefined;
    const cancel = this.#clock.after(LONG, () => {
      this.#logger.warn(
        `"${election}": ${hook} has not returned after ${LONG} ms, and these are waiting for it: ` +
          `${waiting.join(', ')}. Start long-running work in the hook and return without awaiting it`,
      );
    });
    signal.addEventListener('abort', cancel);
    return () => {
      cancel();
      signal.removeEventListener('abort', cancel);
    };
  }

  /**
   * Resolves when every hook has returned. The term sets the time limit (`Term.drain`, `stopTimeout`), and aborts
   * `hurry` after half of it. Each hook waits for its own `onElected` and for the previous hook. When `hurry` aborts,
   * all remaining hooks are called at once. Logs what a hook throws.
   *
   * So every hook is called while the lock is still held, and an `onElected` that returns later changes nothing.
   */
  async demoted(leadership: Leadership, reason: LossReason, hurry: AbortSignal): Promise<void> {
    const started = this.#started.toReversed();
    this.#started = [];
    const calls: Promise<void>[] = [];
    for (const [index, { provider, elected }] of started.entries()) {
      const inTurn = async (hook: string, ended: Promise<void>, left: readonly Started[]) => {
        if (!(await endedBefore(hurry, ended))) this.#warn(leadership, hook, left);
      };
      if (!hurry.aborted) await inTurn(`${provider.name}.onElected`, elected, started.slice(index));
      const call = this.#demote(provider, leadership, reason);
      calls.push(call);
      if (!hurry.aborted)
        await inTurn(`${provider.name}.onDemoted`, call, started.slice(index + 1));
    }
    await Promise.all(calls);
  }

  #warn({ election }: Leadership, hook: string, left: readonly Started[]): void {
    if (left.length === 0) return;
    const names = left.map(({ provider }) => provider.name).join(', ');
    this.#logger.warn(
      `"${election}": ${hook} has not returned within half of stopTimeout; calling onDemoted of ${names} now`,
    );
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

/** Whether a promise that never rejects resolved before `signal` aborted. */
async function endedBefore(signal: AbortSignal, promise: Promise<void>): Promise<boolean> {
  const ended = await waitFor<true>(signal, (tell) => {
    const end = () => {
      tell(true);
    };
    promise.then(end, end);
    return () => undefined;
  });
  return ended === true;
}
