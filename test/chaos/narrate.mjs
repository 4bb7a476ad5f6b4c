/** How much of what happened before and after a violation is told, in milliseconds. */
const AROUND = 3_000;

/**
 * What happened around the first violations, of their elections in all processes, and faults, by time.
 *
 * @param {import('./checker/check.mjs').WholeRun} run
 * @param {readonly import('./checker/check.mjs').Violation[]} violations
 */
export function narrate({ elections, faults }, violations) {
  return violations
    .slice(0, 3)
    .map((violation) => {
      const { records } = elections.find(({ name }) => name === violation.election) ?? {};
      return records ? around(violation, records, faults) : '';
    })
    .join('\n');
}

/**
 * @param {import('./checker/check.mjs').Violation} violation @param {import('./checker/records.mjs').Records} records
 * @param {readonly import('./faults/fault.mjs').Struck[]} faults
 */
function around({ rule, at = 0, election }, records, faults) {
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
  return [
    `\nAround "${rule}" (${election}):`,
    ...all
      .filter((entry) => Math.abs(entry.at - at) < AROUND)
      .map((entry) => `${(entry.at - at).toFixed(1).padStart(9)} ms  ${entry.line}`),
  ].join('\n');
}
