import { defaultTimings, type Timings } from '../../lib/core/model/timings.js';

/**
 * The defaults, in virtual milliseconds, so that what the state machine has as constants keeps its proportion to them.
 * An heir polls less often, and hooks get less time: both only make a schedule cheaper.
 */
export const timings: Timings = { ...defaultTimings, heirInterval: 250, stopTimeout: 8_000 };

/** The shortest time in which everything must be well again after all faults have healed, with room to spare. */
export const healingBound = 90_000;
