import { SLACK } from '../bounds.mjs';
import { timings } from '../../settings.mjs';

/** @typedef {import('./leaderships.mjs').Led} Led */
/** @typedef {import('./leaderships.mjs').Run} Run */
/** @typedef {import('../records.mjs').Records['happenings']} Happenings */

/**
 * What an instance must know when it is elected: docs/catching-up.md, and no more. The simulation has the same rules
 * (test/simulation/rules/catching-up.ts).
 */

/** How long a connected instance takes to observe the leader and to receive its announcements, in milliseconds. */
export const ACQUAINTANCE = 1_000;

/**
 * A tick that a leader ran is not run again if the leader lived for so long afterwards: 4 × `heirInterval`, a few round trips,
 * and what a busy machine may add.
 */
export const WINDOW = 4 * timings.heirInterval + SLACK;

/** These end the leader's session with the server. The leader notices that later. */
const GOES_WITH_SERVER = /restart|crashed|promoted/;
/** Something may have arrived long after it was sent, although nothing was held back until the end of the fault. */
const DELAYS = /^(slow|packets lost)/;
/** These hold back what an instance has sent, or keep it from running. */
const HOLDS_BACK = /^(SIGSTOP|proxy|packets|slow)/;
/** Milliseconds from the return of `onElected` until the job has started. */
const START = 50;
const ASKS_TO_END = /^(resign|SIGTERM)$/;
const OWN_ACCORD = ['resigned', 'shutdown', 'error'];

export class Knowledge {
  #happenings;
  #all;
  #calm;

  /** @param {Happenings} happenings @param {readonly Led[]} all leaderships @param {import('./calm.mjs').Calm} calm */
  constructor(happenings, all, calm) {
    this.#happenings = happenings;
    this.#all = all;
    this.#calm = calm;
  }

  /**
   * Whether a successor must have seen the last leader, and can't have taken it for alive after its end. Then it runs what was
   * due in between.
   *
   * @param {Led} last @param {Led} successor
   */
  mustKnowEnd(last, successor) {
    const end = this.#sessionEnd(last);
    const from = end - ACQUAINTANCE;
    return (
      last.electedAt <= from &&
      this.#connectedSince(successor, end) <= from &&
      this.#calm.ofInstance(successor.process, from, startOf(successor)) &&
      !this.#mayHaveLed(successor, from, last) &&
      // An instance that waits with the lock, and can't say so, is taken for a leader.
      this.#calm.ofAnnouncements(from, successor.electedAt) &&
      !this.#wasReserve(successor, from, successor.electedAt) &&
      // Nothing arrives of a session that the server has lost.
      (end < last.until || !this.#looksAlive(last, successor)) &&
      (!isOwnAccord(last) || this.#gaveBack(last, successor))
    );
  }

  /**
   * Whether a successor must have seen that a leader ran a tick, by what the leader sent afterwards or said when it resigned.
   *
   * @param {Run} run @param {Led} runner @param {Led} successor
   */
  mustKnowRun(run, runner, successor) {
    // What an instance knows of itself is what the server has answered.
    if (runner.process === successor.process) return runner.until - run.at >= timings.renewDeadline;
    const from = run.at - ACQUAINTANCE;
    const wasWatched =
      runner.electedAt <= from &&
      this.#connectedSince(successor, run.at) <= from &&
      // One that could not announce its election is taken for one that still waits.
      this.#calm.ofAnnouncements(runner.electedAt, run.at) &&
      !this.#mayHaveLed(successor, from, undefined) &&
      !this.#wasReserve(successor, from, successor.electedAt);
    return (
      wasWatched &&
      (this.#wasSeenAlive(run, runner, successor) || this.#resigned(runner, successor))
    );
  }

  /** @param {Run} run @param {Led} runner @param {Led} successor */
  #wasSeenAlive(run, runner, successor) {
    const [from, to] = [run.at - ACQUAINTANCE, run.at + WINDOW];
    return (
      runner.until >= to &&
      this.#connectedUntil(successor, run.at) >= to &&
      this.#calm.ofServer(from, to) &&
      [runner, successor].every(({ process }) => this.#calm.ofInstance(process, from, to))
    );
  }

  /** It resigned in an orderly way, and the successor received the announcement. @param {Led} last @param {Led} successor */
  #resigned(last, successor) {
    const from = last.until - ACQUAINTANCE;
    return (
      isOwnAccord(last) &&
      last.electedAt <= from &&
      this.#gaveBack(last, successor) &&
      this.#connectedSince(successor, successor.electedAt) <= from &&
      this.#calm.ofInstance(successor.process, from, successor.electedAt)
    );
  }

  /** Nothing kept it from saying when its duties ended, and from giving the lock back. @param {Led} last @param {Led} successor */
  #gaveBack(last, successor) {
    const [from, to] = [last.until, successor.electedAt];
    return (
      last.releasedAt !== undefined &&
      this.#calm.ofServer(from, to) &&
      this.#calm.faultsOf(last.process, from, to).every(({ kind }) => ASKS_TO_END.test(kind))
    );
  }

  /** When the server lost its session, as far as that is known. @param {Led} last */
  #sessionEnd({ until }) {
    const ends = this.#calm
      .faultsOfServer(until, until)
      .filter(({ kind, from, to }) => GOES_WITH_SERVER.test(kind) && to >= until && from <= until);
    return Math.min(until, ...ends.map(({ from }) => from));
  }

  /**
   * What the old leader had sent before its end may have arrived after it, and then looks like a sign of life: it was held back
   * on the way, or sent by a process that came back for a moment.
   *
   * @param {Led} last @param {Led} successor
   */
  #looksAlive({ process, until }, { electedAt }) {
    return this.#calm
      .faultsOf(process, until, electedAt)
      .filter(({ kind, to }) => HOLDS_BACK.test(kind) && (kind !== 'SIGSTOP' || to > until))
      .some(({ kind, to }) => DELAYS.test(kind) || to < electedAt);
  }

  /** What it knows of its own leadership may be all that it knows. @param {Led} successor @param {number} since @param {Led | undefined} except */
  #mayHaveLed({ process, electedAt }, since, except) {
    return this.#all.some(
      (led) =>
        led !== except &&
        led.process === process &&
        led.electedAt < electedAt &&
        (led.releasedAt ?? Infinity) > since,
    );
  }

  /** Since when it has been connected at a moment; Infinity if it was not. @param {Led} led @param {number} moment */
  #connectedSince({ process }, moment) {
    const last = this.#connections(process).findLast(({ at }) => at <= moment);
    return last?.what === 'connection-restored' ? last.at : Infinity;
  }

  /** Until when it was connected, from a moment on. @param {Led} led @param {number} moment */
  #connectedUntil({ process }, moment) {
    const next = this.#connections(process).find(
      ({ at, what }) => at > moment && what !== 'connection-restored',
    );
    return next?.at ?? Infinity;
  }

  /** @param {Led} led @param {number} from @param {number} to */
  #wasReserve({ process }, from, to) {
    return this.#connections(process).some(
      ({ at, what }) => what === 'reserve-entered' && at >= from && at <= to,
    );
  }

  /** @param {string} process */
  #connections(process) {
    const all = this.#happenings.get(process) ?? [];
    return all.filter(({ what }) => /^(connection-|reserve-entered)/.test(what));
  }
}

/** When its duties were ready, or at the earliest. @param {Led} led */
export const readyAt = ({ electedAt, readyAt: ready }) => ready ?? electedAt;

/** When its job has started. @param {Led} led */
export const startOf = (led) => readyAt(led) + START;

/** @param {Led} led */
const isOwnAccord = ({ reason }) => reason !== undefined && OWN_ACCORD.includes(reason);
