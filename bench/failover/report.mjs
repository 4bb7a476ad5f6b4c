// For the processes that are measured.

/** @param {string} what */
export function report(what) {
  process.send?.({ what, at: Number(process.hrtime.bigint()) / 1e6 });
}

process.on('disconnect', () => process.exit());
