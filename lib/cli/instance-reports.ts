import type { InstanceReport, ElectionReport } from '../core/model/instance-report.js';
import type { Inspector } from '../core/postgres/inspector.js';
import type { ReportPart } from '../core/postgres/instance-report-codec.js';

/**
 * The longest and the shortest time to wait for answers, in milliseconds. The shortest allows for instances that are not
 * expected because they have another `application_name`.
 */
const LONGEST = 1_500;
const SHORTEST = 400;
/** Anyone who can connect may answer, and any number of times. */
const MOST_SENDERS = 10_000;

interface Answer {
  readonly latest: ReportPart;
  readonly elections: ReadonlyMap<number, readonly ElectionReport[]>;
}

/** Asks all instances for a report. Resolves with the reports by the server process that sent them. */
export async function collectReports(
  inspector: Inspector,
): Promise<ReadonlyMap<number, InstanceReport>> {
  const answers = new Map<number, Answer>();
  const answered = (pid: number) => {
    const answer = answers.get(pid);
    return answer !== undefined && answer.elections.size === answer.latest.parts;
  };
  let changed: () => void = () => undefined;
  const off = inspector.onReport((part, sender) => {
    const earlier = answers.get(sender);
    if (!earlier && answers.size >= MOST_SENDERS) return;
    const elections = new Map(earlier?.latest.parts === part.parts ? earlier.elections : []);
    elections.set(part.part, part.report.elections);
    answers.set(sender, { latest: part, elections });
    changed();
  });
  try {
    const askedAt = performance.now();
    await inspector.announce({ type: 'roll-call' });
    const expected = [...(await inspector.sessions()), ...(await inspector.heldLocks())];
    const remaining = (limit: number) => askedAt + limit - performance.now();
    for (;;) {
      const everybody = expected.every(({ pid }) => answered(pid));
      const pause = remaining(everybody ? SHORTEST : LONGEST);
      if (pause <= 0) break;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pause);
        changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    off();
  }
  return new Map(
    [...answers].map(([pid, { latest, elections }]) => [
      pid,
      { ...latest.report, elections: [...elections.values()].flat() },
    ]),
  );
}
