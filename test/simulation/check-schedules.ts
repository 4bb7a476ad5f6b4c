import fc, { type RunDetails } from 'fast-check';
import type { FaultKind } from './faults/faults.js';
import { schedules, type Schedule } from './faults/schedules.js';
import type { PlantedBug } from './planted-bugs.js';
import { simulate } from './simulate.js';
import { formatSchedule, formatTimeline } from './timeline.js';

export interface CheckOptions {
  readonly runs: number;
  readonly seed: number;
  /** Of a schedule that was found before. */
  readonly path?: string | undefined;
  readonly bug?: PlantedBug;
  /** Leaves the schedule as it was found. */
  readonly asFound?: boolean;
  readonly among?: fc.Arbitrary<Schedule>;
  readonly onRun?: (faults: readonly FaultKind[]) => void;
}

/** What a number of random schedules came to. */
export interface Checked {
  readonly runs: number;
  /** How to see the smallest schedule that broke a rule once more, and what happened in it. */
  readonly report: string | undefined;
  readonly violation: string | undefined;
}

/** Lives through random schedules, and makes the first that breaks a rule as small as it gets. */
export async function checkSchedules(options: CheckOptions): Promise<Checked> {
  const { runs, seed, path, bug, asFound = false, among = schedules, onRun } = options;
  const property = fc.asyncProperty(among, async (schedule) => {
    const { violation, faults } = await simulate(schedule, bug ? { bug } : {});
    onRun?.(faults);
    if (violation) throw violation;
  });
  const details = await fc.check(property, {
    numRuns: runs,
    seed,
    endOnFailure: asFound,
    ...(path === undefined ? {} : { path }),
  });
  if (!details.failed) return { runs: details.numRuns, report: undefined, violation: undefined };
  return { runs: details.numRuns, ...(await describeFailure(details, bug)) };
}

async function describeFailure(
  details: RunDetails<[Schedule]>,
  bug: PlantedBug | undefined,
): Promise<{ report: string; violation: string }> {
  const [schedule] = details.counterexample ?? [];
  if (!schedule) throw new Error('A check failed without a schedule', { cause: details });
  const { violation, timeline } = await simulate(schedule, {
    record: true,
    ...(bug ? { bug } : {}),
  });
  if (!violation) throw details.errorInstance;
  const report = [
    violation.message,
    '',
    formatSchedule(schedule),
    '',
    formatTimeline(timeline),
    '',
    `Once more: npm run test:simulation -- --seed ${details.seed} --path ${details.counterexamplePath}`,
  ].join('\n');
  return { report, violation: violation.message };
}
