import type { Schedule } from './faults/schedules.js';
import type { Note } from './simulate.js';

/** What happened, in columns: when, to whom, what. */
export function formatTimeline(timeline: readonly Note[]): string {
  return timeline
    .map(({ at, who, what }) => `${at.toFixed(1).padStart(10)}  ${who.padEnd(8)}  ${what}`)
    .join('\n');
}

/** The schedule, a fault a line. */
export function formatSchedule({ faults, ...rest }: Schedule): string {
  return [JSON.stringify(rest), ...faults.map((fault) => `  ${JSON.stringify(fault)}`)].join('\n');
}
