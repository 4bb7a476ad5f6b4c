import { max } from 'simple-statistics';
import { lines } from '../../report/kinds-of-charts.mjs';
import { cells, HEADS } from '../../report/statistics.mjs';
import { atMost } from '../../report/target.mjs';
import { measure } from './measure-storm.mjs';
import { peakOfPauses } from './pauses.mjs';

/** Milliseconds within which a new leader follows a crash, whatever the fleet's size (docs/guarantees.md). */
const CRASH = 100;
/** The longest pause between two connection attempts, plus the time to connect, in milliseconds. */
const BACK = 10_000;
/** The share of a fleet that may connect within a tenth of a second. */
const SHARE = 0.25;

/** @type {import('../part.mjs').Part<Awaited<ReturnType<typeof measure>>>} */
export const stormPart = {
  name: 'storm',
  title: 'Thundering herd',
  options: { samples: 30, candidates: 500 },
  measure,
  present({ candidates, bucket, deaths, restarts }) {
    const peaks = restarts.map(({ buckets }) => max(buckets));
    const astray = [...deaths, ...restarts].map(
      ({ leaders, heirs, astray }) => Math.abs(leaders - 1) + Math.abs(heirs - 1) + astray,
    );
    return {
      text: [
        `${candidates} candidates of one election, each with its own session, in a few processes. First the leader dies: once by SIGKILL, then by termination of its session at the server, which is the same for all other candidates. After a death, all candidates must follow one new leader, which must have one heir, and no other candidate may have lost its session. Then the server restarts. After a restart, too, all candidates must follow one leader with one heir.`,
        `A candidate that fails to connect waits for a random time: up to one second after each of the first four failures, then up to twice as long after each further failure, but never more than 5 s. After a short outage, the attempts of a fleet are therefore spread over a second, as far as the machine fires timers on time. Here, the server and all ${candidates} candidates share one machine: while sessions start, due timers wait and then fire together. The last two rows show how many would come at the same time by their pauses alone, and how late the latest timer fired. The same load delays the heir of a dead leader: a few of its successors take longer than the bound.`,
      ],
      tables: [
        {
          head: ['after the leader’s death', ...HEADS],
          rows: [
            ['new leader, ms', ...cells(deaths.map(({ newLeader }) => newLeader))],
            [
              'statements until then',
              ...cells(deaths.map(({ statementsUntilThen }) => statementsUntilThen)),
            ],
            [
              'statements in the next second',
              ...cells(deaths.map(({ statementsInTheNextSecond }) => statementsInTheNextSecond)),
            ],
            ['other sessions lost', ...cells(deaths.map(({ lost }) => lost))],
          ],
        },
        {
          head: ['after the server’s start', ...HEADS],
          rows: [
            ['all candidates connected, ms', ...cells(restarts.map(({ allBack }) => allBack))],
            ['new leader, ms', ...cells(restarts.map(({ newLeader }) => newLeader))],
            ['attempts to connect', ...cells(restarts.map(({ attempts }) => attempts))],
            [`most attempts within ${bucket} ms`, ...cells(peaks)],
            [
              'the same by the pauses alone (computed)',
              ...cells(
                restarts.map(({ starting }) =>
                  peakOfPauses({ candidates, outage: starting, bucket }),
                ),
              ),
            ],
            [
              'lateness of the latest timer, ms',
              ...cells(restarts.map(({ lateness }) => lateness)),
            ],
          ],
        },
      ],
      charts: [
        lines({
          name: 'storm-connections',
          alt: 'Attempts of a fleet to connect over time, after the server’s start',
          x: 'seconds after the server’s start',
          y: `attempts per ${bucket} ms`,
          points: false,
          values: restarts.slice(0, 5).flatMap(({ buckets }, round) =>
            buckets.map((count, index) => ({
              x: (index * bucket) / 1_000,
              y: count,
              series: `restart ${round + 1}`,
            })),
          ),
        }),
      ],
      targets: [
        atMost(
          `New leader of ${candidates} candidates after the leader’s death (longest)`,
          max(deaths.map(({ newLeader }) => newLeader)),
          CRASH,
          'ms',
        ),
        atMost(
          'Statements of the fleet in the second after that (most)',
          max(deaths.map(({ statementsInTheNextSecond }) => statementsInTheNextSecond)),
          3 * candidates,
          '',
        ),
        atMost('Candidates that follow no leader or a wrong one afterwards', max(astray), 0, ''),
        atMost(
          'Other sessions lost by the leader’s death',
          max(deaths.map(({ lost }) => lost)),
          0,
          '',
        ),
        atMost(
          'All candidates connected after a restart (longest)',
          max(restarts.map(({ allBack }) => allBack)),
          BACK,
          'ms',
        ),
        atMost(
          'Attempts to connect per candidate after a restart (highest average of the fleet)',
          max(restarts.map(({ attempts }) => attempts)) / (candidates - 1),
          1.5,
          '',
        ),
        atMost(
          `Attempts to connect within ${bucket} ms after a restart (most)`,
          max(peaks),
          SHARE * candidates,
          '',
        ),
      ],
    };
  },
};
