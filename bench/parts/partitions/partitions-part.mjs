import { max } from 'simple-statistics';
import { cells, HEADS } from '../../report/statistics.mjs';
import { atMost } from '../../report/target.mjs';
import { measure } from './measure-partitions.mjs';

/** Milliseconds: a new instance listens for `retryInterval`, then asks; leaders keep new partitions as long. */
const JOINED = 5_000;
/** Milliseconds within which a new leader follows a crash (docs/guarantees.md). */
const CRASH = 100;

/** @type {import('../part.mjs').Part<Awaited<ReturnType<typeof measure>>>} */
export const partitionsPart = {
  name: 'partitions',
  title: 'Partitions',
  options: { samples: 5, partitions: 48 },
  measure,
  present({ partitions, sizes }) {
    const all = sizes.flatMap(({ joins, deaths, stops }) => [...joins, ...deaths, ...stops]);
    const most = (/** @type {(size: Size) => number[]} */ of) => max(sizes.flatMap(of));
    return {
      text: [
        `${partitions} partitions with \`spread\`, shared by fleets of different sizes. Each instance is an application in a separate process. In turn, an instance joins and one is killed (SIGKILL), and an instance joins and one is stopped (SIGTERM). The instance that leads the most partitions is killed or stopped. For a join, the time counts from the moment at which the new instance has connected and knows the leader of every partition; otherwise it counts from the signal. A partition has no owner from the end of its \`onDemoted\` (or from the signal that killed its leader) until the next \`onElected\`. A move is unneeded if the fleet could have become balanced without it.`,
        'An instance that leads nothing is not known to the others, so it may not have its share of the heirs’ locks. In a fleet with more instances than partitions, a partition of a dead leader may therefore start on an instance that leads one already, and move once. All instances share the two processors of this machine: with 100 of them, a death costs more time than elsewhere.',
      ],
      tables: [
        {
          head: ['instances', 'milliseconds', ...HEADS],
          rows: sizes.flatMap(({ size, joins, deaths, stops }) =>
            [
              ['balanced after a join', joins.map(({ balanced }) => balanced)],
              ['longest time without an owner after a join', joins.map(gap)],
              ['longest time without an owner after SIGKILL', deaths.map(gap)],
              ['balanced after SIGKILL', deaths.map(({ balanced }) => balanced)],
              ['balanced after SIGTERM', stops.map(({ balanced }) => balanced)],
              ['longest time without an owner after SIGTERM', stops.map(gap)],
            ].map(([what, sample]) => [
              String(size),
              String(what),
              ...cells(/** @type {number[]} */ (sample)),
            ]),
          ),
        },
        {
          head: ['instances', 'moves', ...HEADS],
          rows: sizes.flatMap(({ size, joins, deaths, stops }) => [
            [String(size), 'after a join', ...cells(joins.map(({ moves }) => moves))],
            [
              '',
              'unneeded, after any change',
              ...cells([...joins, ...deaths, ...stops].map(unneeded)),
            ],
          ]),
        },
      ],
      charts: [],
      targets: [
        atMost(
          'Balanced after a join (longest)',
          most(({ joins }) => joins.map(({ balanced }) => balanced)),
          JOINED,
          'ms',
        ),
        atMost(
          'Longest time without an owner after SIGKILL',
          most(({ deaths }) => deaths.map(gap)),
          CRASH,
          'ms',
        ),
        atMost('Unneeded moves', sum(all.map(unneeded)), 0, ''),
      ],
    };
  },
};

/** @param {Change} change */
const gap = ({ longestGap }) => longestGap;
/** @param {Change} change */
const unneeded = ({ unneeded: moves }) => moves;

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** @typedef {import('./measure-partitions.mjs').Change} Change */
/** @typedef {import('./measure-partitions.mjs').Size} Size */
