/** Shorter than the library's defaults (1, 6 and 10 s), so that a lease runs out soon. */
export const timings = {
  heartbeatInterval: 500,
  retryInterval: 1_000,
  renewDeadline: 3_000,
  leaseDuration: 5_000,
  stopTimeout: 3_000,
};

/** The timings that a view needs to know. */
export type ClusterTimings = Readonly<
  Pick<typeof timings, 'heartbeatInterval' | 'renewDeadline' | 'leaseDuration'>
>;
