import type { SimulatedInstance } from '../instances/simulated-instance.js';
import type { Backend } from '../server/backend.js';
import type { World } from '../world.js';
import {
  ACQUAINTANCE,
  handOverBound,
  LONGEST_ROUND_TRIP,
  longestTrust,
  RECOVERY,
  roundTrip,
  vacancyBound,
} from './bounds.js';
import type { SimulatedTerm } from './term-history.js';

/** Longer than any candidate stays out after its `onElected` has failed twice. */
const LONGEST_ABSENCE = 12_000;

/** A time in which an election's lock is not in the hands of a leader. */
interface Vacancy {
  /** When the lock became free. */
  readonly since: number;
  /** Who has taken it since then, and when. */
  holder?: { readonly instance: SimulatedInstance; readonly since: number };
}

/** Somebody has to lead, unless there is a reason. */
interface Expected {
  readonly vacancy: Vacancy;
  readonly election: number;
  /** Until when the server may have been disturbed. */
  readonly serverCalm: number;
  readonly isReady: (candidate: SimulatedInstance) => boolean;
  /** Whether this one may wait with the lock in its hands. */
  readonly mayWait: (holder: SimulatedInstance) => boolean;
}

/**
 * Somebody leads soon after a lock has become free, where a candidate is well that need not wait: whoever must wait for a reason
 * of its own lets it go first (docs/decisions/takeover.md). Sooner still where the lock was given back, and the candidate
 * knew the one that gave it back.
 */
export class Vacancies {
  readonly #world: World;
  readonly #vacancies: (Vacancy | undefined)[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  elected(election: number): void {
    this.#vacancies[election] = undefined;
  }

  taken(election: number, backend: Backend): void {
    const { agenda } = this.#world;
    const instance = this.#instanceOf(backend);
    const vacancy = this.#vacancies[election];
    if (instance && vacancy) vacancy.holder = { instance, since: agenda.now };
  }

  freed(election: number, backend: Backend): void {
    const { agenda, claimsCalm, rules, serverCalm, setup } = this.#world;
    if (roundTrip(setup.latency) > LONGEST_ROUND_TRIP) return;
    const vacancy: Vacancy = { since: agenda.now };
    this.#vacancies[election] = vacancy;
    const takeover = setup.takeovers.includes('strict') ? 'strict' : 'fast';
    const spread = setup.spread ?? false;
    const trusted = vacancy.since - longestTrust;
    this.#expectLeaderAfter(vacancyBound(takeover, setup.latency, spread), {
      vacancy,
      election,
      serverCalm: trusted, // One that has just started makes everybody wait.
      isReady: (candidate) =>
        this.#canLead(candidate, vacancy, election) && candidate.calmSince <= trusted - RECOVERY,
      mayWait: () => false,
    });
    const last = rules.terms.of(election).at(-1);
    // Not where the session has had the lock again since then, and ended with it.
    if (last?.session !== backend || last.gaveBackAt !== agenda.now) return;
    const hasReason = ({ calmSince }: SimulatedInstance) =>
      takeover === 'strict' || Math.max(calmSince, serverCalm.since) > trusted - RECOVERY;
    this.#expectLeaderAfter(handOverBound(setup.latency, spread), {
      vacancy,
      election,
      serverCalm: vacancy.since - RECOVERY,
      isReady: (candidate) =>
        this.#canLead(candidate, vacancy, election) && this.#knows(candidate, last),
      // An instance that did not know the previous holder waits if it has a reason, and may have been the first to try. So does one
      // that received a claim of a session that has ended, or nothing, as the session ended in the statement that released the lock.
      mayWait: (holder) =>
        hasReason(holder) &&
        (!this.#knows(holder, last) ||
          claimsCalm.since > vacancy.since ||
          backend.hasEndedInStatementAt(vacancy.since)),
    });
  }

  #expectLeaderAfter(bound: number, expected: Expected): void {
    const { vacancy, election, isReady, mayWait } = expected;
    const { agenda, referee, serverCalm, instances } = this.#world;
    agenda.after(bound, () => {
      if (this.#vacancies[election] !== vacancy || serverCalm.since > expected.serverCalm) return;
      const { holder } = vacancy;
      if (holder) {
        const { instance, since } = holder;
        if (instance.calmSince > since || instance.stopping || mayWait(instance)) return;
        // A transaction of another of its terms comes first.
        if (this.#world.rules.hasLedAnother(instance, election, since)) return;
      }
      const ready = instances.find(isReady);
      if (!ready) return;
      referee.expect(
        false,
        `Nobody leads ${election} ${bound.toFixed(0)} ms after the lock became free at ${vacancy.since.toFixed(1)}, ` +
          `although ${ready.name} could; ${holder ? `${holder.instance.name} has the lock` : 'the lock is free'}`,
      );
    });
  }

  /** Whether it has heard of a leader, from its election to its end. */
  #knows(candidate: SimulatedInstance, { electedAt, ended }: SimulatedTerm): boolean {
    const { refusalCalm } = this.#world;
    const gone = ended?.at ?? 0;
    const acquired = electedAt - longestTrust - RECOVERY;
    return (
      gone - electedAt >= ACQUAINTANCE &&
      candidate.calmSince < gone - ACQUAINTANCE &&
      candidate.mail.calm.since < acquired &&
      refusalCalm.since < acquired
    );
  }

  /** Whether it is a candidate that neither stops nor stays out for a while. */
  #canLead(instance: SimulatedInstance, { since }: Vacancy, election: number): boolean {
    const { rules } = this.#world;
    const { candidate, stopping, ended } = instance;
    if (!candidate || stopping || ended) return false;
    return (
      !rules.hasLed(instance, election, since - LONGEST_ABSENCE) &&
      !rules.hasLedAnother(instance, election, since)
    );
  }

  #instanceOf({ client }: Backend): SimulatedInstance | undefined {
    return this.#world.instances.find(({ name }) => name === client.owner);
  }
}
