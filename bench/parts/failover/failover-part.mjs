import { fileURLToPath } from 'node:url';
import { median } from 'simple-statistics';
import { ranges } from '../../report/kinds-of-charts.mjs';
import { cells, format, HEADS, summarize } from '../../report/statistics.mjs';
import { atMost } from '../../report/target.mjs';
import { contestants } from './contestants.mjs';
import { faults } from './failover-faults.mjs';
import { writeHeadline } from './write-headline.mjs';
import { measure } from './measure-failover.mjs';

const readme = fileURLToPath(new URL('../../../README.md', import.meta.url));

/** @typedef {Awaited<ReturnType<typeof measure>>} Data */

/** @type {import('../part.mjs').Part<Data>} */
export const failoverPart = {
  name: 'failover',
  title: 'Failover',
  options: { samples: 30, competitors: 30 },
  measure,
  present({ redis, versions, series }) {
    const measured = series.filter(({ milliseconds }) => milliseconds.length > 0);
    const of = (/** @type {string} */ fault, /** @type {string} */ contestant) =>
      measured.find((one) => one.fault === fault && one.contestant === contestant)?.milliseconds;
    /** @param {string} fault @param {string} contestant @param {number} limit */
    const ratio = (fault, contestant, limit) => {
      const [ours, limits] = [of(fault, contestant), of(fault, 'limit')];
      if (!ours || !limits) return [];
      const what = `${nameOf(contestant)} after ${fault === 'kill' ? 'SIGKILL' : 'a graceful stop'}: median, relative to the limit’s`;
      return [atMost(what, median(ours) / median(limits), limit, '×')];
    };
    return {
      text: explain(redis, versions),
      tables: faults.map((fault) => ({
        head: [`${fault.name}, ms`, ...HEADS, 'relative to the limit’s median'],
        rows: measured
          .filter((one) => one.fault === fault.key)
          .map(({ contestant, milliseconds }) => [
            nameOf(contestant),
            ...cells(milliseconds),
            `${format(median(milliseconds) / median(of(fault.key, 'limit') ?? [NaN]))} ×`,
          ]),
      })),
      charts: [
        ranges({
          name: 'failover',
          alt: 'Milliseconds until another process has taken over, by fault and contestant: shortest, median and longest',
          x: 'milliseconds until another process has taken over',
          groups: faults.map((fault) => ({
            title: fault.name,
            values: measured
              .filter((one) => one.fault === fault.key)
              .map(({ contestant, milliseconds }) => ({
                who: nameOf(contestant),
                ...summarize(milliseconds),
              })),
          })),
        }),
      ],
      targets: [
        ...ratio('graceful', 'elector', 3),
        ...ratio('kill', 'elector', 12),
        ...ratio('kill', 'elector 5 ms', 3),
      ],
    };
  },
  write: ({ series, postgresql }, where) =>
    writeHeadline(readme, series, `PostgreSQL ${postgresql}, ${where}.`),
};

/** @param {string} key */
const nameOf = (key) => contestants.find((contestant) => contestant.key === key)?.name ?? key;

/** Explains what the time of each contestant consists of. @param {string | undefined} redis @param {Record<string, string>} versions */
function explain(redis, versions) {
  return [
    'Each contestant runs as two processes, the first of which leads. The time runs from the fault until the second process leads. If both processes survive the fault (terminated sessions, a server restart), the time runs until the server confirms one of them as the leader. A contestant that has not taken over after three minutes counts as three minutes. All contestants take turns in one run. Those that mostly wait for a timeout are measured in five pairs at a time. Each contestant uses its defaults. If its intervals can be configured, it is measured a second time with equal load: as many statements per second as our leader and heir send together (about 21).',
    [
      '- **The limit**: a session that waits in `pg_advisory_lock`. Its time consists of the death of the process, the closing of its socket, and the server’s lock queue.',
      '- **nestjs-leader-election**: after a graceful stop, three statements, one after the other, in two processes: the release with its announcement, the successor’s attempt, and its new term with its announcement, whose commit is flushed to disk (without the flush, the median is at most 1 ms shorter). The limit is one message from the server. After a crash, the limit plus half of `heirInterval` (50 ms) on average. After a freeze, the rest of the lease, counted from the last heartbeat. After a server restart, `renewDeadline` (6 s), because a predecessor that was cut off might still consider itself the leader for that long.',
      '- **A lease table** with client-go’s rules and timings (a lease of 15 s, renewed every 2 s): after a graceful stop, the rest of the successor’s pause between two attempts. After a crash, the rest of the lease plus the rest of that pause. With equal load: a lease of 750 ms, renewed every 100 ms; even a short pause of the process or the network ends such a lease.',
      `- **nest-leader-election** ${versions['nest-leader-election']} (a lease table through TypeORM; an attempt every 10 s ± 1 s): its SQL contains a fixed lease of 15 s, whatever \`leaseDuration\` says. An expired lease is not taken over. A job that runs every 60 s ± 1 s deletes it once it has been expired for five seconds, and the next attempt then succeeds. If the session fails during an attempt, or the server is down at an attempt, an unhandled rejection ends the process. Therefore it is not measured at a restart, and some of its terminated sessions take as long as a crash. With equal load: \`renewalInterval\` 285 ms, \`jitterRange\` 50 ms, \`baseCleanInterval\` 1 s.`,
      `- **bullmq** ${versions['bullmq']}${redis ? ` on Redis ${redis}` : ' (skipped: redis-server is not installed)'} has no leader: any worker runs the next job. The next run of a job scheduler therefore starts when it is due, here within a second. A run that was interrupted by the death of its worker starts again once its lock (\`lockDuration\` 30 s) has expired and another worker has checked for stalled jobs twice (\`stalledInterval\` 30 s). With equal load: 750 ms and 100 ms.`,
      `- **graphile-worker** ${versions['graphile-worker']} has no leader either. The shortest interval in its crontab is a minute, and the next run starts at the next minute. A run that was interrupted starts again after four hours, which is not measured here. More frequent polling changes neither.`,
    ].join('\n'),
  ];
}
