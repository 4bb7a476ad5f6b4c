import type { Happening as FleetHappening } from '../../../../tooling/instances/instance.mjs';
import type { Happening } from '../state/happening.js';

/** What happens in a fleet, as the state takes it; undefined for what it does not need. */
export function happeningOf({ instance, ...what }: FleetHappening): Happening | undefined {
  switch (what.type) {
    case 'output':
    case 'hook-ended':
    case 'memory':
      return undefined;
    case 'started':
      return { ...what, type: what.type, instance: instance.number, pid: instance.pid };
    default:
      return { ...what, instance: instance.number };
  }
}
