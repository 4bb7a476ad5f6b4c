import { max } from 'simple-statistics';
import { cells, HEADS } from '../../report/statistics.mjs';
import { atMost } from '../../report/target.mjs';
import { measure, PLACES } from './measure-reserve.mjs';

/** Sessions of those that look in, at any moment. */
const HANDFUL = 5;
/** Milliseconds beyond the next look: connecting, taking the place and the lock, on a machine that the fleet shares. */
const USUAL = 1_000;
/** The longest pause between two attempts to connect, and `renewDeadline`, in milliseconds. */
const RESTART = 6_000 + 5_000;

/** @type {import('../part.mjs').Part<Awaited<ReturnType<typeof measure>>>} */
export const reservePart = {
  name: 'reserve',
  title: 'Few connections',
  options: { samples: 5, candidates: 500, seconds: 60, interval: 30_000 },
  measure,
  present({ candidates, interval, limited, unlimited }) {
    const allKilled = limited.map((fleet) => fleet.allKilled);
    const rows = [
      { what: 'connections, median', of: (/** @type {Fleet} */ fleet) => fleet.connections.median },
      { what: 'connections, most', of: (/** @type {Fleet} */ fleet) => fleet.connections.max },
      { what: 'processor of the server, ms/s', of: (/** @type {Fleet} */ fleet) => fleet.cpu },
      { what: 'memory of the server, MB', of: (/** @type {Fleet} */ fleet) => fleet.memory / 1e6 },
      {
        what: 'new leader after the leader’s session ended, ms',
        of: (/** @type {Fleet} */ fleet) => fleet.leaderGone,
      },
      {
        what: `new leader after SIGKILL of ${PLACES}, the leader among them, ms`,
        of: (/** @type {Fleet} */ fleet) => fleet.allKilled,
      },
      {
        what: 'new leader after the server’s start, ms',
        of: (/** @type {Fleet} */ fleet) => fleet.restarted,
      },
    ];
    return {
      text: [
        `${candidates} candidates of one election, with \`maxCandidates: ${PLACES}\` and \`reserveInterval: ${interval}\`, and without, in turn. The ${PLACES} that started first, which have the places, are killed together: with the limit they are all that have a session, without it they are some of many.`,
      ],
      tables: [
        {
          head: ['', 'maxCandidates', ...HEADS],
          rows: rows.flatMap(({ what, of }) => [
            [what, String(PLACES), ...cells(limited.map(of))],
            ['', 'none', ...cells(unlimited.map(of))],
          ]),
        },
      ],
      charts: [],
      targets: [
        atMost(
          'Connections with the limit (most)',
          max(limited.map(({ connections }) => connections.max)),
          PLACES + HANDFUL,
          '',
        ),
        atMost(
          'New leader after all candidates died (longest)',
          max(allKilled),
          interval + USUAL,
          'ms',
        ),
        atMost(
          'New leader after a restart of the server, with the limit (longest)',
          max(limited.map(({ restarted }) => restarted)),
          RESTART,
          'ms',
        ),
      ],
    };
  },
};

/** @typedef {import('./measure-reserve.mjs').Fleet} Fleet */
