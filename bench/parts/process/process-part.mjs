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
        'A leader and a standby, each an application of Nest with a session of its own, call the same method directly and through `@LeaderOnly()`, 10,000 times a sample and in turn. The boots are those of a process that imports Nest and makes an application context: bare; with `pg` imported beside it, which the module needs and most applications have; with `pg` and one connection of it, which is opened after the boot; and with the module, as it is published, which connects in the background. The heap is what is left after a collection, once it is connected or leads.',
        `**A leader-only call.** ${format(of('leader', 'isLeader'))} ns of it is \`isLeader\`, which reads two clocks: one alone would miss a suspended machine, or a clock that was set back. Some 25 ns is \`AsyncLocalStorage.run()\` of Node, by which \`currentLeadership()\` is right across \`await\`. The rest finds the election of the object, and takes note of the call, so that a demotion waits for it.`,
        `**A bare application** gets \`pg\` with the module, because the lock needs a connection. Of what the module adds to it, ${format(added('boot', 'bare with pg', 'bare'))} ms of boot and ${format(added('heap', 'bare with pg', 'bare') / MIB)} MiB of heap are those of importing \`pg\`. It could be loaded with the first connection, and would then cost the same a moment later; but an application without \`pg\` would start, and never lead.`,
        `**Heap beside \`pg\`.** This includes the first connection: ${format(added('heap', 'bare with a connection', 'bare with pg') / MIB)} MiB, code of \`pg\` and Node that is compiled when it is first used. An application that has opened a connection of its own has that already, and the module adds ${format(added('heap', 'with the module', 'bare with a connection') / MIB)} MiB to it. Heap snapshots with Node 20 account for 1.1 MiB: 0.15 MiB is code of Nest that a module with dependencies makes it compile (a bare application has none), and 0.05 MiB code of Node for timers and signals; 0.4 MiB is the code of the functions that an election has run; 0.25 MiB are objects, most of them functions, and shapes, most of them of classes; and 0.25 MiB are strings, of which 0.17 MiB is the text of the package, which V8 keeps to compile functions on their first call. So less heap needs less code: shorter names of local variables would save 0.03 MiB.`,
        `**Boot beside \`pg\`.** About half of it is reading, compiling and running the package's files, and the rest what Nest does to build its three modules, the look at each provider, and the beginning of the connection; all of this is code that runs for the first time.`,
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
          added('heap', 'with the module', 'bare') / MIB,
          2,
          'MiB',
        ),
        atMost(
          'Heap that it adds to one that uses pg (median)',
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
          'Boot time that it adds to one that uses pg (median)',
          added('boot', 'with the module', 'bare with pg'),
          40,
          'ms',
        ),
        atMost('The package, unpacked', size.unpacked / 1_000, 400, 'kB'),
        atMost('The JavaScript of it that an application loads', loaded / 1_000, 200, 'kB'),
      ],
    };
  },
};
