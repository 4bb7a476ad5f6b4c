import { lines } from '../../report/kinds-of-charts.mjs';
import { cells, HEADS } from '../../report/statistics.mjs';
import { atMost } from '../../report/target.mjs';
import { growth } from './growth.mjs';
import { measure } from './measure-endurance.mjs';

const MIB = 2 ** 20;

/** @typedef {import('./measure-endurance.mjs').Sample} Sample */

/** The values that must not grow. @type {Record<string, { unit: string, limit: number, of: (sample: Sample) => number }>} */
const FLAT = {
  'heap of a process': {
    unit: 'MiB',
    limit: 0.5,
    of: (sample) => ofProcesses(sample, 'heap') / MIB,
  },
  'RSS of a process': { unit: 'MiB', limit: 4, of: (sample) => ofProcesses(sample, 'rss') / MIB },
  'handles of a process': { unit: '', limit: 0.5, of: (sample) => ofProcesses(sample, 'handles') },
  'open files of a process': { unit: '', limit: 0.5, of: (sample) => ofProcesses(sample, 'files') },
  'memory of a session at the server': {
    unit: 'MiB',
    limit: 0.5,
    of: ({ server }) => server.memory / Math.max(1, server.sessions) / MIB,
  },
};

/** @param {Sample} sample @param {'heap' | 'rss' | 'handles' | 'files'} what */
const ofProcesses = ({ processes }, what) =>
  processes.reduce((sum, process) => sum + process[what], 0) / processes.length;

/** @type {import('../part.mjs').Part<Awaited<ReturnType<typeof measure>>>} */
export const endurancePart = {
  name: 'endurance',
  title: 'Endurance',
  options: { minutes: 60, period: 60 },
  measure,
  present({ minutes, period, samples }) {
    const last = samples[samples.length - 1];
    const series = Object.entries(FLAT).map(([what, how]) => ({
      what,
      ...how,
      values: samples.map(how.of),
    }));
    return {
      text: [
        `Three applications with three elections and the defaults. Every ${period} s, all elections lost their leader: alternately, the leaders resigned, or the server terminated the sessions of the leaders and heirs. The run was planned for ${minutes} minutes; the last sample was taken after ${last?.failovers ?? 0} failovers, in minute ${Math.round((last?.seconds ?? 0) / 60)}. The processes ran throughout, and each sample was taken after a garbage collection. Growth is the median of the last third minus the median of the middle third.`,
      ],
      tables: [
        {
          head: ['metric', ...HEADS, 'growth'],
          rows: series.map(({ what, unit, values }) => [
            unit ? `${what}, ${unit}` : what,
            ...cells(values),
            growth(values).toFixed(2),
          ]),
        },
      ],
      charts: [
        lines({
          name: 'endurance-memory',
          alt: 'Memory of the processes over the whole run',
          x: 'minutes',
          y: 'MiB',
          points: false,
          values: [
            'heap of a process',
            'RSS of a process',
            'memory of a session at the server',
          ].flatMap((what) =>
            samples.map((sample) => ({
              x: sample.seconds / 60,
              y: Number(FLAT[what]?.of(sample)),
              series: what,
            })),
          ),
        }),
      ],
      targets: series.map(({ what, unit, limit, values }) =>
        atMost(`Growth of the ${what}`, growth(values), limit, unit),
      ),
    };
  },
};
