/**
 * Timings for tests, in milliseconds: the defaults, ten times as fast. Still slow enough that a busy machine does not
 * look like a lost lease.
 */
export const fastTimings = {
  heartbeatInterval: 100,
  retryInterval: 200,
  heirInterval: 20,
  renewDeadline: 600,
  leaseDuration: 1_000,
  reserveInterval: 3_000,
  stopTimeout: 2_000,
} as const;
