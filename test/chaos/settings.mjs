/** The election's timings, in milliseconds: a fifth of the defaults, so that a fault takes seconds. */
export const timings = {
  heartbeatInterval: 200,
  retryInterval: 400,
  heirInterval: 25,
  renewDeadline: 1_200,
  leaseDuration: 2_000,
  reserveInterval: 1_500,
  // Longer than renewDeadline: a fenced write over a silent connection ends when the session does.
  stopTimeout: 1_500,
};

/** When the job of each election that catches up is due, and how far two ticks are apart, in milliseconds. */
export const JOB = { cron: '*/2 * * * * *', period: 2_000 };

/** The longest pause of an instance between two attempts to connect, in milliseconds. */
export const LONGEST_PAUSE = 5_000;

/** Faults that ended so long before a gap have no part in it: everybody has connected again. In milliseconds. */
export const SETTLED = LONGEST_PAUSE + 1_500;
