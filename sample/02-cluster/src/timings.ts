/** Shorter than the library's defaults (1, 6 and 10 s), so that nobody waits long for a lease to run out. */
export const timings = {
  heartbeatInterval: 500,
  retryInterval: 1_000,
  renewDeadline: 3_000,
  leaseDuration: 5_000,
  stopTimeout: 3_000,
} as const;

export type ClusterTimings = typeof timings;
