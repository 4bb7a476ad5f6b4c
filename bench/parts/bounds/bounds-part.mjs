import { fileURLToPath } from 'node:url';
import { max } from 'simple-statistics';
import { cells, format, HEADS } from '../../report/statistics.mjs';
import { atMost } from '../../report/target.mjs';
import { bounds } from './bounded-faults.mjs';
import { freezes } from './freezes.mjs';
import { measure } from './measure-bounds.mjs';
import { writeBounds } from './write-bounds.mjs';

const page = fileURLToPath(new URL('../../../docs/guarantees.md', import.meta.url));

/** @type {import('../part.mjs').Part<Awaited<ReturnType<typeof measure>>>} */
export const boundsPart = {
  name: 'bounds',
  title: 'Faults and their bounds',
  options: { samples: 5 },
  measure,
  present({ measured, freezes: observed }) {
    return {
      text: [
        'Nest applications with the defaults. [guarantees.md](guarantees.md) says what is guaranteed after each fault, and how the fault is detected.',
        observed
          .map(
            ({ seconds, kept }) =>
              `- Frozen for ${seconds} s: ${freezes.find((freeze) => freeze.seconds === seconds)?.promise}. ${kept ? 'Observed.' : '**Not observed.**'}`,
          )
          .join('\n'),
      ],
      tables: [
        {
          head: ['fault', 'time until, ms', ...HEADS, 'bound'],
          rows: bounds.map(({ fault, what, bound }, index) => [
            fault,
            what,
            ...cells(measured[index] ?? []),
            format(bound),
          ]),
        },
      ],
      charts: [],
      targets: [
        ...bounds.map(({ fault, what, bound }, index) =>
          atMost(`${fault}: ${what} (longest)`, max(measured[index] ?? []), bound, 'ms'),
        ),
        atMost(
          'Freezes with a result other than guaranteed',
          observed.filter(({ kept }) => !kept).length,
          0,
          '',
        ),
      ],
    };
  },
  write: ({ measured, postgresql }, where) =>
    writeBounds(page, measured, `PostgreSQL ${postgresql}, ${where}.`),
};
