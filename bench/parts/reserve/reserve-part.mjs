import { max } from 'simple-statistics';
import { cells, HEADS } from '../../report/statistics.mjs';
import { atMost } from '../../report/target.mjs';
import { measure, PLACES } from './measure-reserve.mjs';

/** Sessions of candidates in reserve that are connected at any moment. */
const HANDFUL = 5;
/** Milliseconds beyond `reserveInterval`: to connect and take the place and the lock, on a shared machine. */
const USUAL = 1_000;
/** `renewDeadline` plus the longest pause between two connection attempts, in milliseconds. */
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
      { what: 'connections, maximum', of: (/** @type {Fleet} */ fleet) => fleet.connections.max },
      { what: 'server CPU, ms/s', of: (/** @type {Fleet} */ fleet) => fleet.cpu },
      { what: 'server memory, MB', of: (/** @type {Fleet} */ fleet) => fleet.memory / 1e6 },
      {
        what: 'new leader after termination of the leader’s session, ms',
        of: (/** @type {Fleet} */ fleet) => fleet.leaderGone,
      },
      {
        what: `new leader after SIGKILL of ${PLACES} candidates including the leader, ms`,
        of: (/** @type {Fleet} */ fleet) => fleet.allKilled,
      },
      {
        what: 'new leader after the server’s start, ms',
        of: (/** @type {Fleet} */ fleet) => fleet.restarted,
      },
    ];
    return {
      text: [
        `${candidates} candidates of one election, alternately with \`maxCandidates: ${PLACES}\` and \`reserveInterval: ${interval}\`, and without a limit. The ${PLACES} candidates that started first, one of which leads, are killed at the same time. With the limit, they hold all places, so no other candidate keeps a session. Without it, all candidates have one.`,
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
          'New leader after all candidates with a session died (longest)',
          max(allKilled),
          interval + USUAL,
          'ms',
        ),
        atMost(
          'New leader after a server restart, with the limit (longest)',
          max(limited.map(({ restarted }) => restarted)),
          RESTART,
          'ms',
        ),
      ],
    };
  },
};

/** @typedef {import('./measure-reserve.mjs').Fleet} Fleet */
