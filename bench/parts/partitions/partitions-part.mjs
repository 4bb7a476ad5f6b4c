import { max } from 'simple-statistics';
import { cells, HEADS } from '../../report/statistics.mjs';
import { atMost } from '../../report/target.mjs';
import { measure } from './measure-partitions.mjs';

/** Milliseconds: a newcomer listens for `retryInterval`, asks, and leaders keep for as long what they were just given. */
const JOINED = 5_000;
/** Milliseconds. A crash is followed by a new leader within that (docs/guarantees.md). */
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
        `${partitions} partitions with \`spread\`, shared by fleets of different sizes, each instance an application in a process of its own. Again and again one joins and one dies (SIGKILL), one joins and one stops (SIGTERM): always the one that leads most. A join counts from the moment at which the newcomer has connected and knows who leads what, the others from the signal. A partition has no owner from the end of its \`onDemoted\` (or the signal that killed its leader) until the next \`onElected\`. A move is unneeded if the fleet could have become balanced without it.`,
      ],
      tables: [
        {
          head: ['instances', 'milliseconds', ...HEADS],
          rows: sizes.flatMap(({ size, joins, deaths, stops }) =>
            [
              ['until balanced after a join', joins.map(({ balanced }) => balanced)],
              ['longest without an owner after a join', joins.map(gap)],
              ['all led again after SIGKILL', deaths.map(({ ledAgain }) => ledAgain)],
              ['until balanced after SIGKILL', deaths.map(({ balanced }) => balanced)],
              ['until balanced after SIGTERM', stops.map(({ balanced }) => balanced)],
              ['longest without an owner after SIGTERM', stops.map(gap)],
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
            [String(size), 'in a join', ...cells(joins.map(({ moves }) => moves))],
            ['', 'unneeded, in all', ...cells([...joins, ...deaths, ...stops].map(unneeded))],
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
          'All partitions led again after SIGKILL (longest)',
          most(({ deaths }) => deaths.map(({ ledAgain }) => ledAgain)),
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
