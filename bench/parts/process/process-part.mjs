import { median, sum } from 'simple-statistics';
import { bars } from '../../report/kinds-of-charts.mjs';
import { cells, format, HEADS } from '../../report/statistics.mjs';
import { atMost } from '../../report/target.mjs';
import { measure } from './measure-process.mjs';

const MIB = 2 ** 20;

/** @type {import('../part.mjs').Part<Awaited<ReturnType<typeof measure>>>} */
export const processPart = {
  name: 'process',
  title: 'Cost in the process',
  options: { samples: 30 },
  measure,
  present({ calls, boots, size }) {
    const of = (/** @type {string} */ where, /** @type {string} */ call) =>
      median(
        calls.find((other) => other.where === where && other.call === call)?.nanoseconds ?? [NaN],
      );
    const booted = (/** @type {'boot' | 'heap' | 'rss'} */ what, /** @type {string} */ variant) =>
      median(boots.find((other) => other.variant === variant)?.[what] ?? [NaN]);
    /** @param {'boot' | 'heap' | 'rss'} what */
    const added = (what, beside = 'bare') => booted(what, 'with the module') - booted(what, beside);
    return {
      text: [
        'A leader and a standby, each an application of Nest with a session of its own, call the same method directly and through `@LeaderOnly()`, 10,000 times a sample and in turn. The boots are those of a process that imports Nest and makes an application context, bare, with `pg` imported beside it (which the module needs, and most applications have), and with the module, which connects in the background; the heap is what is left after a collection, once it leads.',
        'What may miss its target, and why. **Heap and boot:** `pg` is what the module adds most of, and the lock needs its connection; beside an application that uses `pg` already, only what this package itself needs is left. `pg` could be loaded with the first connection, and would then cost the same a moment later; but an application without `pg` would start, and never lead. The rest of the boot is the loading of this package, module by module; one file would load sooner, and be harder to read in a debugger. **Size:** the sources are in the source maps, so that a debugger shows them, and these alone are above the target (the table below has what each kind takes); the JavaScript keeps its comments.',
      ],
      tables: [
        {
          head: ['where', 'nanoseconds of a call', ...HEADS],
          rows: calls.map(({ where, call, nanoseconds }) => [where, call, ...cells(nanoseconds)]),
        },
        {
          head: ['application', 'of one boot', ...HEADS],
          rows: boots.flatMap(({ variant, boot, cpu, heap, rss }) => [
            [variant, 'until it is up, ms', ...cells(boot)],
            ['', 'its CPU time, ms', ...cells(cpu)],
            ['', 'heap, MiB', ...cells(heap.map((bytes) => bytes / MIB))],
            ['', 'RSS, MiB', ...cells(rss.map((bytes) => bytes / MIB))],
          ]),
        },
        {
          head: ['the package', 'files', 'kB'],
          rows: [
            ...size.kinds.map(({ kind, files, bytes }) => [
              kind,
              String(files),
              format(bytes / 1_000),
            ]),
            [
              'all of it',
              String(sum(size.kinds.map(({ files }) => files))),
              format(size.unpacked / 1_000),
            ],
            ['packed', '1', format(size.packed / 1_000)],
          ],
        },
      ],
      charts: [
        bars({
          name: 'process-calls',
          alt: 'Nanoseconds of a call, directly and leader-only, on a leader and on a standby',
          x: 'nanoseconds of a call (median)',
          values: calls
            .filter(({ call }) => !call.endsWith('refused'))
            .map(({ where, call, nanoseconds }) => ({
              who: `${where}: ${call}`,
              value: median(nanoseconds),
            })),
        }),
      ],
      targets: [
        atMost(
          'A leader-only call on the leader, beyond a direct one (median)',
          of('leader', 'leader-only call') - of('leader', 'direct call'),
          150,
          'ns',
        ),
        atMost(
          'A leader-only call that a standby refuses (median)',
          of('standby', 'leader-only call, refused') / 1_000,
          3,
          'µs',
        ),
        atMost(
          'Heap that the module adds to a bare application (median)',
          added('heap') / MIB,
          2,
          'MiB',
        ),
        atMost(
          'Heap that it adds to one that uses pg (median)',
          added('heap', 'bare with pg') / MIB,
          2,
          'MiB',
        ),
        atMost(
          'Boot time that the module adds to a bare application (median)',
          added('boot'),
          60,
          'ms',
        ),
        atMost(
          'Boot time that it adds to one that uses pg (median)',
          added('boot', 'bare with pg'),
          60,
          'ms',
        ),
        atMost('The package, unpacked', size.unpacked / 1_000, 300, 'kB'),
      ],
    };
  },
};
