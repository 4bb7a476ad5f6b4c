import { defaultTimings } from 'nestjs-leader-election';

/** @typedef {import('nestjs-leader-election').Takeover} Takeover */

/** How a leadership is brought to its end. */
/** @typedef {'resign' | 'SIGTERM' | 'SIGKILL'} Kind */

/** From the end of the duties to the next leader, in milliseconds (docs/guarantees.md). */
const GRACEFUL = 50;
/** From the end of the process to the next leader, with `takeover: 'fast'`. */
const CRASH = 100;
/** For how long a strict successor waits beyond that, at most: a predecessor may trust itself, by a clock that is slow. */
const LONGEST_TRUST = defaultTimings.renewDeadline * 1.02;

/** How much of a hand-over’s time is put down to processors that others had, at most, in milliseconds. */
export const MOST_WAITING = 100;

/** How long a heartbeat may take, in milliseconds. */
export const HEARTBEAT = 500;

/** By how much a heap may grow, in bytes, from the first time that it is looked at to the last. */
export const GROWTH = 2e6;

/** How many lines an instance may log while nothing happens but the flood. */
export const LINES = 20;

/** How soon there is another leader, in milliseconds. @param {Kind} kind @param {Takeover} takeover */
export function boundOf(kind, takeover) {
  if (kind !== 'SIGKILL') return GRACEFUL;
  return takeover === 'fast' ? CRASH : CRASH + LONGEST_TRUST;
}
