import type { Duties } from '../../lib/core/model/election-setup.js';

/** Nothing to start, and nothing to stop. */
export const idleDuties: Duties = {
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  unfinished: () => [],
};
