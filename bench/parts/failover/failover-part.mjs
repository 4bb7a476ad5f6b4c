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
      const what = `${nameOf(contestant)} after ${fault === 'kill' ? 'SIGKILL' : 'a graceful stop'}: median by the limit’s`;
      return [atMost(what, median(ours) / median(limits), limit, '×')];
    };
    return {
      text: explain(redis, versions),
      tables: faults.map((fault) => ({
        head: [`${fault.name}: milliseconds`, ...HEADS, 'by the limit’s median'],
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
          alt: 'Milliseconds until another has taken over, by fault and contestant: from the shortest to the longest, and the median',
          x: 'milliseconds until another has taken over',
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

/** What each one's time consists of. @param {string | undefined} redis @param {Record<string, string>} versions */
function explain(redis, versions) {
  return [
    'Two processes of each contestant, of which the first leads; the time runs from the fault until the second leads. All take turns in one run; of those that mostly wait for a timeout, five pairs do so at a time. Who has not taken over after three minutes counts as three minutes. Where both live on (terminated sessions, a restart), the time runs until either leads with the server’s consent. Each is measured with its own defaults, and, where it can be set, with as many statements a second as our leader and heir make together (about 21).',
    [
      '- **The limit**: a session that waits inside `pg_advisory_lock`; what is left is the death of a process, the closing of its socket, and the server’s lock queue.',
      '- **nestjs-leader-election**: after a graceful stop, an announcement; after a crash, on average half of `heirInterval` (50 ms) beyond the limit; after a freeze, the rest of the lease, counted from the last heartbeat; after a restart, `renewDeadline` (6 s), in which a predecessor that was cut off might still trust itself.',
      '- **A lease table** with client-go’s rules and timings (lease 15 s, renewed every 2 s): after a graceful stop, what is left of the successor’s pause; after a crash, what is left of the lease, and of the pause. With equal load: a lease of 750 ms, renewed every 100 ms, which a short pause of the process or the network already ends.',
      `- **nest-leader-election** ${versions['nest-leader-election']} (a lease table through TypeORM; tries every 10 s ± 1 s): a lease of 15 s is written into its statement, whatever \`leaseDuration\` says, and an expired one is not taken over but deleted, five seconds after it has expired, by a job that runs every 60 s ± 1 s; the next attempt then finds the place empty. An error of its session in the middle of an attempt, or an attempt while the server is away, ends its process (an unhandled rejection), so it is not measured at a restart, and some of its sessions’ ends cost as much as a crash. With equal load: \`renewalInterval\` 285 ms, \`jitterRange\` 50 ms, \`baseCleanInterval\` 1 s.`,
      `- **bullmq** ${versions['bullmq']}${redis ? ` on Redis ${redis}` : ' (left out: there is no redis-server here)'} elects nobody: any worker runs the next job, so the next run of a job scheduler comes when it is due, here within a second. A run that its worker’s death interrupted begins again when its lock (\`lockDuration\` 30 s) has run out and another worker has looked for such jobs twice (\`stalledInterval\` 30 s). With equal load: 750 ms and 100 ms.`,
      `- **graphile-worker** ${versions['graphile-worker']} elects nobody either; its crontab knows no shorter step than a minute, and its next run comes then. A run that was interrupted begins again after four hours, which is not measured here. Polling more often changes neither.`,
    ].join('\n'),
  ];
}
