import { max } from 'simple-statistics';
import { lines } from '../../report/kinds-of-charts.mjs';
import { cells, HEADS } from '../../report/statistics.mjs';
import { atMost } from '../../report/target.mjs';
import { measure } from './measure-storm.mjs';
import { peakOfPauses } from './pauses.mjs';

/** Milliseconds. A crash is followed by a new leader within that, whatever the fleet's size (docs/guarantees.md). */
const CRASH = 100;
/** The longest pause between two attempts to connect, and time for connecting itself, in milliseconds. */
const BACK = 10_000;
/** Of a fleet, the share that may connect within a tenth of a second. */
const SHARE = 0.25;

/** @type {import('../part.mjs').Part<Awaited<ReturnType<typeof measure>>>} */
export const stormPart = {
  name: 'storm',
  title: 'A storm',
  options: { samples: 30, candidates: 500 },
  measure,
  present({ candidates, bucket, deaths, restarts }) {
    const peaks = restarts.map(({ buckets }) => max(buckets));
    const astray = [...deaths, ...restarts].map(
      ({ leaders, heirs, astray }) => Math.abs(leaders - 1) + Math.abs(heirs - 1) + astray,
    );
    return {
      text: [
        `${candidates} candidates of one election, each with a session of its own, in a few processes. First their leader dies (once by SIGKILL, then by the end of its session at the server, which is the same to everybody else); then the server restarts. After each, everybody must follow the one new leader, who has one heir, and nobody else may have lost its session.`,
        `Whoever could not connect waits for a random time, up to a second after each of the first four failures, then twice as much after each, and up to 5 s at most. After a short outage a fleet is therefore back within a second, evenly spread as far as the machine lets timers fire in time. Here the server and all ${candidates} candidates share the machine: while these start sessions, timers that have fallen due wait, and then fire together. The last line says for how long at the most, and the one before it how many would come together if nothing but the pauses decided.`,
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
            ['sessions lost by others', ...cells(deaths.map(({ lost }) => lost))],
          ],
        },
        {
          head: ['after the server’s start', ...HEADS],
          rows: [
            ['all are back, ms', ...cells(restarts.map(({ allBack }) => allBack))],
            ['new leader, ms', ...cells(restarts.map(({ newLeader }) => newLeader))],
            [
              'connections that were made for it',
              ...cells(restarts.map(({ attempts }) => attempts)),
            ],
            [`most of them within ${bucket} ms`, ...cells(peaks)],
            [
              'the same by the pauses alone, in an outage as long',
              ...cells(
                restarts.map(({ starting }) =>
                  peakOfPauses({ candidates, outage: starting, bucket }),
                ),
              ),
            ],
            [
              'the latest timer of a candidate, ms',
              ...cells(restarts.map(({ lateness }) => lateness)),
            ],
          ],
        },
      ],
      charts: [
        lines({
          name: 'storm-connections',
          alt: 'Connections that a fleet makes after the start of the server, over time',
          x: 'seconds after the server’s start',
          y: `connections per ${bucket} ms`,
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
          `New leader of ${candidates} candidates after a death (longest)`,
          max(deaths.map(({ newLeader }) => newLeader)),
          CRASH,
          'ms',
        ),
        atMost(
          'Statements of everybody in the second after that (most)',
          max(deaths.map(({ statementsInTheNextSecond }) => statementsInTheNextSecond)),
          3 * candidates,
          '',
        ),
        atMost('Candidates that follow nobody, or the wrong one, afterwards', max(astray), 0, ''),
        atMost('Sessions that others lost by a death', max(deaths.map(({ lost }) => lost)), 0, ''),
        atMost(
          'All back after a restart (longest)',
          max(restarts.map(({ allBack }) => allBack)),
          BACK,
          'ms',
        ),
        atMost(
          'Connections that a candidate makes after a restart (most, on average of the fleet)',
          max(restarts.map(({ attempts }) => attempts)) / (candidates - 1),
          1.5,
          '',
        ),
        atMost(
          `Connections within ${bucket} ms after a restart (most)`,
          max(peaks),
          SHARE * candidates,
          '',
        ),
      ],
    };
  },
};
