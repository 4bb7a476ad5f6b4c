import type { World } from '../world.js';
import type { SimulatedInstance } from '../instances/simulated-instance.js';
import { EPOCH } from '../time/simulated-process.js';
import { timings } from '../timings.js';
import {
  ACQUAINTANCE,
  catchUpWindow,
  LONGEST_ROUND_TRIP,
  RECOVERY,
  roundTrip,
  TIMER,
} from './bounds.js';
import { hasResigned, isOwnAccord, servedUntil, type SimulatedTerm } from './term-history.js';

/** A tick of a job that a leader ran: at its time, or later to catch up. Moments are in virtual time. */
interface Run {
  readonly term: SimulatedTerm;
  readonly at: number;
  /** When the server heard something of its leader that nobody can take for older than the tick. */
  shownAt?: number;
}

/** What a leader knows when it starts its jobs. */
export interface JobStart {
  readonly instance: SimulatedInstance;
  readonly election: number;
  /** When the previous leader was last known to be alive, in milliseconds of its wall clock. */
  readonly seenAt: number | undefined;
  /** When its term began, in milliseconds of its wall clock. */
  readonly since: number;
  readonly catchesUp: boolean;
}

/**
 * What docs/catching-up.md promises of a job that catches up, and no more:
 *
 * - A tick that fell between two leaders is run, if the successor was connected when the old leader went, and stayed. Not where
 *   the old leader was killed while it was stopping its duties, in a pause of one and the same leader, or where clocks differ.
 * - A tick that a leader ran is not run again, if that leader lived long enough afterwards for the successor to see it
 *   (`catchUpWindow`), or stepped down and said so.
 *
 * Neither is promised where nobody could look: while the server was away or slow, or the successor was cut off; the second not
 * of a leader that could not announce itself.
 */
export class CatchingUp {
  readonly #world: World;
  /** The runs of each election's job, by the number of the tick. */
  readonly #runs: Map<number, Run>[];

  constructor(world: World) {
    this.#world = world;
    this.#runs = Array.from({ length: world.setup.elections }, () => new Map<number, Run>());
  }

  /** A tick was run when it was due. */
  ticked(instance: SimulatedInstance, election: number, due: number): void {
    const term = this.#world.rules.terms.latestOf(instance, election);
    if (term) this.#record(election, this.#tickAt(due - EPOCH), term);
  }

  started(start: JobStart): void {
    const { instance, election, seenAt, since, catchesUp } = start;
    const term = this.#world.rules.terms.latestOf(instance, election);
    const { overlaps } = this.#world.rules;
    if (!term || !this.#clocksAgree(instance) || overlaps.happened) return;
    const { now } = this.#world.agenda;
    const seen = seenAt === undefined ? undefined : seenAt - EPOCH;
    if (catchesUp) {
      if (seen !== undefined) this.#expectSomethingMissed(term, election, seen);
      for (const tick of this.#ticksBetween(seen ?? since - EPOCH, now))
        this.#record(election, tick, term);
    }
    // Without a predecessor it counts from its own election, and nothing before that may be missing either.
    if (!catchesUp || seen === undefined) this.#expectNothingMissed(term, election);
  }

  // --- not again -------------------------------------------------------------------------------------------------------

  #expectSomethingMissed(successor: SimulatedTerm, election: number, seen: number): void {
    const { agenda, referee } = this.#world;
    const runs = this.#ticksBetween(seen, agenda.now).map((tick) => this.#run(election, tick));
    if (runs.length === 0) return;
    if (!runs.every((run) => run !== undefined && this.#couldKnowOf(run, successor, election)))
      return;
    const last = runs.at(-1);
    referee.expect(
      false,
      `${successor.instance.name} runs a tick of ${election} again, which ${last?.term.instance.name} ran in term ` +
        `${last?.term.number} at ${last?.at.toFixed(1)}`,
    );
  }

  #couldKnowOf(run: Run, successor: SimulatedTerm, election: number): boolean {
    const { rules, setup, serverCalm } = this.#world;
    const { instance } = successor;
    const runner = run.term.instance;
    if (run.term === successor) return true;
    if (!this.#clocksAgree(runner)) return false;
    if (runner === instance) {
      // What it knows of itself is what the server has answered. Where the activity of another that held the lock since then is
      // hidden, that one may have led and been silent since before the tick.
      const terms = rules.terms.of(election);
      const isLast =
        terms[terms.indexOf(successor) - 1] === run.term && successor.session === run.term.session;
      const isKnown = (run.term.ended?.confirmedAt ?? 0) >= EPOCH + run.at;
      return isKnown && (isLast || !setup.surroundings?.hidesActivity || this.#wasSeenAlive(run));
    }
    const before = run.at - ACQUAINTANCE;
    const own = rules.terms
      .of(election)
      .findLast((term) => term.instance === instance && term !== successor);
    const watched =
      instance.calmSince <= before &&
      serverCalm.since <= before &&
      this.#wasAnnounced(run.term) &&
      (own === undefined || (own.releasedAt ?? Infinity) <= before) &&
      !rules.hasLedAnother(instance, election, before);
    if (!watched) return false;
    return this.#wasSeenAlive(run) || (hasResigned(run.term) && this.#wasHeard(run.term, instance));
  }

  /** Whether it lived on for long enough after it had shown that it ran the tick. */
  #wasSeenAlive({ at, shownAt, term }: Run): boolean {
    const { latency, surroundings } = this.#world.setup;
    const window = catchUpWindow(latency, surroundings?.hidesActivity ?? false);
    if (shownAt === undefined) return false;
    // Whoever is silent is looked at less and less often.
    const pace = shownAt - at <= window ? 0 : timings.retryInterval;
    const lastSeen = term.gaveBackAt ?? term.session.stateChangedAt;
    return lastSeen - shownAt >= window + pace;
  }

  // --- not left out ----------------------------------------------------------------------------------------------------

  #expectNothingMissed(successor: SimulatedTerm, election: number): void {
    const { agenda, referee, rules } = this.#world;
    const terms = rules.terms.of(election);
    const last = terms[terms.indexOf(successor) - 1];
    const until = last && servedUntil(last);
    if (
      until === undefined ||
      !this.#mustHaveSeen(last as SimulatedTerm, until, successor, election)
    )
      return;
    const missed = this.#ticksBetween(until + TIMER, agenda.now - TIMER).find(
      (tick) => !this.#run(election, tick),
    );
    if (missed === undefined || this.#isExcluded(last as SimulatedTerm)) return;
    referee.expect(
      false,
      `${successor.instance.name} leaves out the tick of ${election} that was due at ${this.#dueAt(missed)}, after ` +
        `${last?.instance.name} had gone at ${until.toFixed(1)}`,
    );
  }

  #mustHaveSeen(
    last: SimulatedTerm,
    until: number,
    successor: SimulatedTerm,
    election: number,
  ): boolean {
    const { rules, setup, serverCalm } = this.#world;
    const { instance } = successor;
    // While its session lived: a leader that the server has lost is seen by nobody.
    const before = Math.min(until, last.session.endedAt ?? Infinity) - ACQUAINTANCE - RECOVERY;
    const own = rules.terms
      .of(election)
      .findLast((term) => term.instance === instance && term !== successor);
    return (
      roundTrip(setup.latency) <= LONGEST_ROUND_TRIP &&
      this.#clocksAgree(last.instance) &&
      instance.calmSince <= before &&
      serverCalm.since <= before &&
      (own === undefined || own === last || (own.releasedAt ?? Infinity) <= before) &&
      !rules.hasLedAnother(instance, election, before) &&
      this.#wasKnown(last)
    );
  }

  /** Whether what it said when it stepped down has reached another. */
  #wasHeard(term: SimulatedTerm, { mail }: SimulatedInstance): boolean {
    const { refusalCalm, setup } = this.#world;
    const said = servedUntil(term) ?? Infinity;
    // A slow message may come after the successor has the lock.
    return (
      roundTrip(setup.latency) <= LONGEST_ROUND_TRIP &&
      this.#wasKnown(term) &&
      refusalCalm.since < said &&
      mail.calm.since < said
    );
  }

  /**
   * A leader that goes within a moment of its election is not known yet (docs/decisions/messages.md). One whose announcements
   * were refused is known from the next look at the lock.
   */
  #wasKnown(term: SimulatedTerm): boolean {
    const needed = ACQUAINTANCE + (this.#wasAnnounced(term) ? 0 : timings.retryInterval);
    return (servedUntil(term) ?? Infinity) - term.electedAt >= needed;
  }

  /** One that could not say that it leads is taken for one that still waits, as long as its predecessor is known. */
  #wasAnnounced(term: SimulatedTerm): boolean {
    return this.#world.refusalCalm.since < term.electedAt;
  }

  #isExcluded(last: SimulatedTerm): boolean {
    const { ended, electedAt, session } = last;
    // Nobody could see it: its session had ended before it led.
    if ((session.endedAt ?? Infinity) < electedAt + ACQUAINTANCE) return true;
    // What it had sent before it was cut off has arrived long afterwards, and looks like a sign of life.
    const gone = servedUntil(last) ?? Infinity;
    const looksAlive = session.stateChangedAt > gone + roundTrip(this.#world.setup.latency);
    if (ended === undefined) return looksAlive;
    // It was killed, or lost its session, while it was stopping its duties.
    if (isOwnAccord(ended.reason)) {
      // What it says as it steps down is not heard while the queue of notifications is full.
      return last.gaveBackAt === undefined || this.#world.refusalCalm.since > ended.at;
    }
    return looksAlive;
  }

  // --- ticks -----------------------------------------------------------------------------------------------------------

  #clocksAgree({ clockFaults }: SimulatedInstance): boolean {
    const { stepped, suspended } = clockFaults;
    return this.#world.setup.clockError === 0 && !stepped && !suspended;
  }

  #run(election: number, tick: number): Run | undefined {
    return this.#runs[election]?.get(tick);
  }

  #record(election: number, tick: number, term: SimulatedTerm): void {
    const { agenda } = this.#world;
    const run: Run = { term, at: agenda.now };
    this.#runs[election]?.set(tick, run);
    this.#awaitSign(run);
  }

  /** A standby counts from its question, so for it a sign is older by what the question took to arrive. */
  #awaitSign(run: Run): void {
    const { agenda, setup } = this.#world;
    run.term.session.onceAlive(() => {
      if (agenda.now > run.at + roundTrip(setup.latency)) run.shownAt = agenda.now;
      else this.#awaitSign(run);
    });
  }

  #tickAt(due: number): number {
    const { period, phase } = this.#world.job;
    return Math.round((due - phase) / period);
  }

  #dueAt(tick: number): number {
    const { period, phase } = this.#world.job;
    return phase + tick * period;
  }

  /** The numbers of the ticks that were due after `from` and until `to`. */
  #ticksBetween(from: number, to: number): number[] {
    const { period, phase } = this.#world.job;
    const first = Math.floor((Math.max(from, 0) - phase) / period) + 1;
    const last = Math.floor((to - phase) / period);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  }
}
