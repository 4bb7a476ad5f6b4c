import { bars, lines } from '../../report/kinds-of-charts.mjs';
import { format } from '../../report/statistics.mjs';
import { atMost } from '../../report/target.mjs';
import { measure } from './measure-database.mjs';

/** The limit of statements per second by role, for any number of elections. @type {Record<string, number>} */
const LIMITS = { leader: 1.2, heir: 25, standby: 0.6 };

/** @type {import('../part.mjs').Part<Awaited<ReturnType<typeof measure>>>} */
export const databasePart = {
  name: 'database',
  title: 'Cost on the database',
  options: { seconds: 60, candidates: 500 },
  measure,
  present({ seconds, roles, fleets }) {
    const largest = fleets[fleets.length - 1];
    const of = (/** @type {string} */ role) => roles.filter((cost) => cost.role === role);
    return {
      text: [
        `A leader, an heir and a standby, each a Nest application in a separate process, with the defaults and no work to do. For ${seconds} s, a transparent proxy in front of the server counted every statement, heartbeats included. The CPU time is that of the server’s processes.`,
      ],
      tables: [
        {
          head: [
            'role',
            'elections',
            'connections',
            'statements/s',
            'bytes/s',
            'server CPU, ms/s',
            'server memory, MiB',
          ],
          rows: roles.map(({ role, elections, ...cost }) => [
            role,
            String(elections),
            ...cells(cost),
          ]),
        },
        {
          head: [
            'candidates of one election',
            'connections',
            'statements/s',
            'bytes/s',
            'server CPU, ms/s',
            'server memory, MiB',
          ],
          rows: fleets.map(({ size, ...cost }) => [String(size), ...cells(cost)]),
        },
      ],
      charts: [
        bars({
          name: 'database-roles',
          alt: 'Statements per second of a leader, an heir and a standby, with 1 and with 100 elections',
          x: 'statements per second',
          values: roles.map(({ role, elections, statements }) => ({
            who: `${role}, ${elections} ${elections === 1 ? 'election' : 'elections'}`,
            value: statements,
          })),
        }),
        lines({
          name: 'database-fleet',
          alt: 'CPU time of the server by number of candidates',
          x: 'candidates',
          y: 'server CPU, ms/s',
          values: fleets.map(({ size, cpu }) => ({
            x: size,
            y: cpu,
            series: 'all server processes',
          })),
        }),
      ],
      targets: [
        ...Object.entries(LIMITS).map(([role, limit]) =>
          atMost(
            `Statements of one ${role}, with 1 or 100 elections`,
            Math.max(...of(role).map(({ statements }) => statements)),
            limit,
            '/s',
          ),
        ),
        ...Object.keys(LIMITS).map((role) => {
          const [one, hundred] = of(role).map(({ statements }) => statements);
          return atMost(
            `Additional statements of one ${role} with 100 elections instead of 1`,
            Number(hundred) - Number(one),
            NOISE,
            'statements/s',
          );
        }),
        atMost(
          'Connections per process',
          Math.max(...roles.map(({ connections }) => connections)),
          1,
          '',
        ),
        ...(largest
          ? [
              atMost(
                `Server CPU for ${largest.size} idle candidates`,
                largest.cpu / 10,
                5,
                '% of a core',
              ),
            ]
          : []),
      ],
    };
  },
};

/** Statements per second by which two equal counts may differ: one heartbeat or attempt more or less in the window. */
const NOISE = 0.5;

/** @param {import('./measure-database.mjs').Cost} cost */
function cells({ connections, statements, bytes, cpu, memory }) {
  return [connections, statements, bytes, cpu, memory / 2 ** 20].map((value, index) =>
    index === 0 ? String(value) : format(value),
  );
}
