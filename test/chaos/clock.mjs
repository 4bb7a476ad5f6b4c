/** The machine's monotonic clock in milliseconds, which all its processes share. */
export const monotonicNow = () => Number(process.hrtime.bigint()) / 1e6;
