import { mkdir, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { refusals } from './checker/standbys.mjs';

/** @typedef {ReturnType<typeof import('./checker/check.mjs').checkAll>} Outcome */

/**
 * @param {import('./checker/check.mjs').WholeRun & { version: string }} run
 * @param {Outcome} outcome
 * @param {object} about seed, duration and the like
 */
export function makeReport(run, { violations, gaps, allowedOverlaps, judged }, about) {
  const kinds = [...new Set(run.faults.map(({ kind }) => kind))].sort();
  return {
    ...about,
    postgresql: run.version,
    node: process.version,
    system: `${process.platform} ${release()}`,
    faults: run.faults.length,
    terms: run.elections
      .flatMap(({ records }) => [...records.happenings.values()].flat())
      .filter(({ what }) => what === 'elected').length,
    writes: sum(run.elections.map(({ writes }) => writes.length)),
    job: {
      runs: sum(judged.map(({ runs }) => runs)),
      caughtUp: sum(judged.map(({ caughtUp }) => caughtUp)),
      mustRun: sum(judged.map(({ mustRun }) => mustRun)),
      mustNotRun: sum(judged.map(({ mustNotRun }) => mustNotRun)),
      recorded: sum(run.elections.map(({ runs }) => runs.length)),
    },
    standby: {
      visits: sum(run.faults.map(({ astray }) => astray?.visits ?? 0)),
      refusals: sum(run.elections.map(({ records }) => refusals(records))),
    },
    violations,
    /** Section 7 of the protocol: takeover 'fast' does not rule these out. */
    allowedOverlaps: allowedOverlaps.map(({ milliseconds, allowedBy }) => ({
      milliseconds,
      after: allowedBy?.kind,
    })),
    kinds: kinds.map((kind) => ({
      kind,
      count: run.faults.filter((fault) => fault.kind === kind).length,
      ...longest(gaps.filter((gap) => gap.kind === kind)),
    })),
    severalAtOnce: longest(gaps.filter(({ kind }) => kind === 'several at once')),
  };
}

/** @param {Outcome['gaps']} gaps */
function longest(gaps) {
  const [worst] = gaps.toSorted((a, b) => b.milliseconds - a.milliseconds);
  return {
    gaps: gaps.length,
    longest: worst && round(worst.milliseconds),
    bound: worst && round(worst.bound),
  };
}

/** @param {number[]} numbers */
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** @param {number} milliseconds */
const round = (milliseconds) => Math.round(milliseconds * 10) / 10;

/** @param {ReturnType<typeof makeReport> & Record<string, any>} report */
export function asMarkdown(report) {
  const { kinds, severalAtOnce, violations, allowedOverlaps, job, standby } = report;
  const row = (/** @type {any[]} */ ...cells) =>
    `| ${cells.map((cell) => cell ?? '').join(' | ')} |`;
  return [
    '# Chaos',
    '',
    `- ${report.faults} faults survived in ${report['minutes']} minutes; seed ${report['seed']}, ${report['instances']} instances, takeover ${report['takeover']}${report['partitions'] ? `, ${report['partitions']} partitions` : ''}${report['maxCandidates'] ? `, ${report['maxCandidates']} candidates at the most` : ''}${report['pooler'] ? ', through PgBouncer' : ''}`,
    `- PostgreSQL ${report.postgresql}, Node ${report.node}, ${report.system}`,
    `- ${report.terms} terms, ${report.writes} fenced writes`,
    `- ${job.runs} runs of the job that catches up, ${job.caughtUp} of them to catch up, ${job.recorded} rows in the database; judged: ${job.mustRun} elections after a missed tick, ${job.mustNotRun} after a tick that was not to run again`,
    ...(standby.visits > 0
      ? [`- ${standby.visits} visits to a standby that lagged, ${standby.refusals} refusals seen`]
      : []),
    `- ${violations.length} violations`,
    ...(report['takeover'] === 'fast'
      ? [
          `- ${allowedOverlaps.length} overlaps that takeover fast does not rule out (a session that ends where its leader has not heard of it yet), the longest ${round(Math.max(0, ...allowedOverlaps.map(({ milliseconds }) => milliseconds)))} ms`,
        ]
      : []),
    ...(report['leftOut'] ? [`- Left out: ${report['leftOut']}`] : []),
    '',
    row('fault', 'times', 'gaps when it came alone', 'longest, ms', 'bound, ms'),
    row('---', '---', '---', '---', '---'),
    ...kinds.map(({ kind, count, gaps, longest, bound }) => row(kind, count, gaps, longest, bound)),
    row('several at once', '', severalAtOnce.gaps, severalAtOnce.longest, severalAtOnce.bound),
    '',
    ...violations.map(
      ({ rule, at, what }) => `- **${rule}** at ${at}: \`${JSON.stringify(what)}\``,
    ),
  ].join('\n');
}

/** @param {string} directory @param {ReturnType<typeof makeReport>} report */
export async function writeReport(directory, report) {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(join(directory, 'report.md'), `${asMarkdown(report)}\n`);
}
