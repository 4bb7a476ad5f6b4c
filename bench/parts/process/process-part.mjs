import { median, sum } from 'simple-statistics';
import { bars } from '../../report/kinds-of-charts.mjs';
import { cells, format, HEADS } from '../../report/statistics.mjs';
import { atMost } from '../../report/target.mjs';
import { LOADED, measure } from './measure-process.mjs';

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
    /** @param {'boot' | 'heap' | 'rss'} what @param {string} variant @param {string} beside */
    const added = (what, variant, beside) => booted(what, variant) - booted(what, beside);
    const loaded = size.kinds.find(({ kind }) => kind === LOADED)?.bytes ?? NaN;
    return {
      text: [
        'A leader and a standby, each a Nest application with its own session, call the same method directly and through `@LeaderOnly()`, 10,000 times per sample, in turn. Boots are measured in a process that imports Nest and creates an application context, in four variants: bare; with `pg` imported, which the module needs and most applications have; with `pg` and one connection, which is opened after the boot; and with the published module, which connects in the background. The heap is measured after a garbage collection, once the process is connected or leads.',
        `**A leader-only call.** Reading \`isLeader\` takes ${format(of('leader', 'isLeader'))} ns of it, because it reads two clocks: a single clock would miss either a suspended machine or a clock that was set back. About 25 ns are Node’s \`AsyncLocalStorage.run()\`, which keeps \`currentLeadership()\` correct across \`await\`. In the rest of the time, the call finds the election of its object and registers itself, so that a demotion waits for it.`,
        `**A bare application** gets \`pg\` along with the module, because the lock needs a connection. Importing \`pg\` accounts for ${format(added('boot', 'bare with pg', 'bare'))} ms of the boot time and ${format(added('heap', 'bare with pg', 'bare') / MIB)} MiB of the heap that the module adds. Importing \`pg\` with the first connection would only delay this cost, and an application without \`pg\` would start but never lead.`,
        `**Heap beside \`pg\`.** The added heap includes the first connection: ${format(added('heap', 'bare with a connection', 'bare with pg') / MIB)} MiB for code of \`pg\` and Node that is compiled on its first use. To an application that has already opened a connection, the module adds ${format(added('heap', 'with the module', 'bare with a connection') / MIB)} MiB. Heap snapshots with Node 20 account for 1.1 MiB. Of these, 0.15 MiB are Nest code that is compiled for any module with dependencies (a bare application has none), and 0.05 MiB are Node code for timers and signals. The functions that an election has run take 0.4 MiB. Objects, mostly functions, and shapes, mostly of classes, take 0.25 MiB. Strings take 0.25 MiB, of which 0.17 MiB are the source of the package, which V8 keeps to compile functions on their first call. Less heap therefore requires less code: shorter names of local variables would save 0.03 MiB.`,
        `**Boot time beside \`pg\`.** About half of it is spent on reading, compiling and running the package’s files. In the other half, Nest builds the package’s three modules, the package inspects each provider, and the connection starts. All of this code runs for the first time.`,
      ],
      tables: [
        {
          head: ['role', 'nanoseconds per call', ...HEADS],
          rows: calls.map(({ where, call, nanoseconds }) => [where, call, ...cells(nanoseconds)]),
        },
        {
          head: ['application', 'per boot', ...HEADS],
          rows: boots.flatMap(({ variant, boot, cpu, heap, rss }) => [
            [variant, 'boot time, ms', ...cells(boot)],
            ['', 'CPU time, ms', ...cells(cpu)],
            ['', 'heap, MiB', ...cells(heap.map((bytes) => bytes / MIB))],
            ['', 'RSS, MiB', ...cells(rss.map((bytes) => bytes / MIB))],
          ]),
        },
        {
          head: ['package', 'files', 'kB'],
          rows: [
            ...size.kinds.map(({ kind, files, bytes }) => [
              kind,
              String(files),
              format(bytes / 1_000),
            ]),
            [
              'total, unpacked',
              String(sum(size.kinds.map(({ files }) => files))),
              format(size.unpacked / 1_000),
            ],
            ['total, packed', '1', format(size.packed / 1_000)],
          ],
        },
      ],
      charts: [
        bars({
          name: 'process-calls',
          alt: 'Nanoseconds per call, direct and leader-only, on a leader and on a standby',
          x: 'nanoseconds per call (median)',
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
          'Leader-only call on the leader, compared with a direct call (median)',
          of('leader', 'leader-only call') - of('leader', 'direct call'),
          150,
          'ns',
        ),
        atMost(
          'Leader-only call that a standby refuses (median)',
          of('standby', 'leader-only call, refused') / 1_000,
          3,
          'µs',
        ),
        atMost(
          'Heap that the module adds to a bare application (median)',
          added('heap', 'with the module', 'bare') / MIB,
          2,
          'MiB',
        ),
        atMost(
          'Heap that the module adds to an application that uses pg (median)',
          added('heap', 'with the module', 'bare with pg') / MIB,
          1.2,
          'MiB',
        ),
        atMost(
          'Boot time that the module adds to a bare application (median)',
          added('boot', 'with the module', 'bare'),
          60,
          'ms',
        ),
        atMost(
          'Boot time that the module adds to an application that uses pg (median)',
          added('boot', 'with the module', 'bare with pg'),
          40,
          'ms',
        ),
        atMost('Package size, unpacked', size.unpacked / 1_000, 400, 'kB'),
        atMost('JavaScript that an application loads', loaded / 1_000, 200, 'kB'),
      ],
    };
  },
};
