import type { Happening } from './happening.js';

/** What the timeline shows in the lanes of the instances, besides who led. */
export interface Marks {
  readonly conditions: readonly Condition[];
  readonly heartbeats: readonly Heartbeat[];
  readonly runs: readonly Run[];
}

/** A state that lasts for a while. */
export interface Condition {
  /** Undefined: that of PostgreSQL. */
  readonly instance?: number | undefined;
  readonly kind: 'alive' | 'frozen' | 'cut off' | 'down';
  readonly from: number;
  /** Undefined while it lasts. */
  readonly to?: number | undefined;
}

/** Renews the lease of a leader. Others have none, and send a heartbeat only while they have nothing else to send. */
export interface Heartbeat {
  readonly instance: number;
  readonly at: number;
}

/** A run of the job. */
export interface Run {
  readonly instance: number;
  readonly at: number;
}

/** For how long marks are kept, in milliseconds: longer than any timeline on a page. */
export const KEPT = 90_000;

/** The marks after something has happened. */
export function followMarks(marks: Marks, happening: Happening): Marks {
  const { at } = happening;
  const from = at - KEPT;
  return {
    conditions: followConditions(marks.conditions, happening).filter(({ to = at }) => to >= from),
    heartbeats: [
      ...marks.heartbeats.filter((mark) => mark.at >= from),
      ...(happening.type === 'heartbeat' && happening.term !== undefined
        ? [{ instance: happening.instance, at: happening.sentAt }]
        : []),
    ],
    runs: [
      ...marks.runs.filter((mark) => mark.at >= from),
      ...(happening.type === 'job-started' ? [{ instance: happening.instance, at }] : []),
    ],
  };
}

function followConditions(
  conditions: readonly Condition[],
  happening: Happening,
): readonly Condition[] {
  const { at, type } = happening;
  const instance = 'instance' in happening ? happening.instance : undefined;
  const begin = (kind: Condition['kind']) => [...conditions, { instance, kind, from: at }];
  const end = (...kinds: Condition['kind'][]) =>
    conditions.map((one) =>
      one.instance === instance && one.to === undefined && kinds.includes(one.kind)
        ? { ...one, to: at }
        : one,
    );
  switch (type) {
    case 'started':
      return begin('alive');
    case 'frozen':
      return begin('frozen');
    case 'cut-off':
      return begin('cut off');
    case 'server-stopping':
      return begin('down');
    case 'thawed':
      return end('frozen');
    case 'reconnected':
      return end('cut off');
    case 'server-started':
      return end('down');
    case 'killed':
    case 'gone':
      return end('alive', 'frozen', 'cut off');
    default:
      return conditions;
  }
}
