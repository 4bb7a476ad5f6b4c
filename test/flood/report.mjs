import { quantile } from 'simple-statistics';
import { boundOf } from './bounds.mjs';
import { limitOf } from './judge.mjs';

/** @typedef {import('./run-flood.mjs').Run} Run */

/** What a run showed, in lines. @param {Run} run */
export function report(run) {
  const { takeover, witness, sent, quiet, flooded } = run;
  const kinds = [...new Set(quiet.done.map(({ kind }) => kind))];
  return [
    `\n${takeover}`,
    `  ${sent.messages} messages in ${round(sent.milliseconds / 1_000)} s: ${Math.round((sent.messages / sent.milliseconds) * 1_000)} a second, ${round(sent.bytes / sent.messages)} bytes each; ${sent.delivered} delivered`,
    `  ${witness.crashes.length} processes ended by themselves; ${witness.elections.steady + 1} terms while nothing happened but the flood; ${witness.endings.length} terms ended that nobody had ended`,
    ...kinds.map((kind) => {
      const of = (/** @type {Run['quiet']} */ { done }) =>
        done
          .filter((each) => each.kind === kind)
          .map(({ milliseconds, waited }) =>
            milliseconds === undefined ? 'never' : `${round(milliseconds)} (${round(waited)})`,
          )
          .join(', ') || 'none';
      return `  ${kind}, in ms (and of them waited for a processor): ${of(quiet)} without the flood, ${of(flooded)} in it; bound ${boundOf(kind, takeover)} ms, judged by ${round(limitOf(kind, run))} ms besides the waiting`;
    }),
    ...[...names(witness.heartbeats.steady, witness.heartbeats['hand-overs'])].map((name) => {
      const before = witness.heartbeats.quiet.get(name) ?? [];
      const during = [
        ...(witness.heartbeats.steady.get(name) ?? []),
        ...(witness.heartbeats['hand-overs'].get(name) ?? []),
      ];
      return `  heartbeats of ${name}: ${spread(before)} without the flood, ${spread(during)} in it`;
    }),
    ...[...witness.memory].map(([process, looks]) => {
      const sizes = looks.map(
        ({ heap, external }) => `${megabytes(heap)} + ${megabytes(external)}`,
      );
      return `  heap and external memory of ${process}, in MB: ${sizes.join(', ')}`;
    }),
    `  ${witness.lines.steady} lines logged while nothing happened but the flood, ${witness.lines['hand-overs']} in the hand-overs; ${witness.lines.quiet} in those without it`,
  ].join('\n');
}

/** @param {Map<string, number[]>[]} maps */
const names = (...maps) => new Set(maps.flatMap((map) => [...map.keys()]).sort());

/** @param {readonly number[]} values */
function spread(values) {
  if (values.length === 0) return 'none';
  const [p99, most] = [quantile([...values], 0.99), Math.max(...values)];
  return `${values.length}, p99 ${round(p99)} ms, max ${round(most)} ms`;
}

/** @param {number} bytes */
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

/** @param {number} value */
const round = (value) => Math.round(value * 10) / 10;
