/** How much of what happened before and after a violation is told, in milliseconds. */
const AROUND = 3_000;

/**
 * What happened around the first violations, of all processes and faults, by time.
 *
 * @param {import('./checker/check.mjs').Run} run
 * @param {readonly import('./checker/check.mjs').Violation[]} violations
 */
export function narrate({ records, faults }, violations) {
  const all = [
    ...[...records.happenings].flatMap(([process, happenings]) =>
      happenings.map(({ at, ...what }) => ({ at, line: `${process} ${JSON.stringify(what)}` })),
    ),
    ...records.intervals.flatMap(({ process, from, to }) => [
      { at: from, line: `${process} isLeader from here` },
      { at: to, line: `${process} isLeader to here` },
    ]),
    ...faults.flatMap(({ kind, instance = 'server', from, to }) => [
      { at: from, line: `--- ${kind}: ${instance}` },
      { at: to, line: `--- ${kind}: ${instance}, over` },
    ]),
  ].sort((a, b) => a.at - b.at);
  return violations
    .slice(0, 3)
    .map(({ rule, at = 0 }) =>
      [
        `\nAround "${rule}":`,
        ...all
          .filter((entry) => Math.abs(entry.at - at) < AROUND)
          .map((entry) => `${(entry.at - at).toFixed(1).padStart(9)} ms  ${entry.line}`),
      ].join('\n'),
    )
    .join('\n');
}
