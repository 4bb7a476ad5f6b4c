// The report of a run, as a page and in a few lines.
import { scoreOf, scoreWithoutEquivalent, sumOf } from './judge.mjs';

const columns = ['file', 'mutants', 'killed', 'timed out', 'survived', 'not covered', 'score'];
columns.push('equivalent', 'score without them');

/**
 * @param {import('./judge.mjs').Judgement} judgement
 * @param {{ places: readonly string[]; minutes: number; workers: number; version: string }} run
 */
export function formatReport(
  { files, unexplained, noticed },
  { places, minutes, workers, version },
) {
  return [
    '# Mutation testing',
    '',
    `${places.join(', ')} with Stryker ${version}: ${minutes.toFixed(1)} minutes, ${workers} at a time.`,
    '',
    rowOf(columns),
    rowOf(['---', ...columns.slice(1).map(() => '--:')]),
    ...files.map((tally) => rowOf([tally.file, ...cellsOf(tally)])),
    rowOf(['**all**', ...cellsOf(sumOf(files))]),
    '',
    ...(noticed.length === 0
      ? []
      : ['## Not equivalent after all', '', ...noticed.map(placeOf), '']),
    '## Survivors that nobody has explained',
    '',
    'Write a test that notices the mutant, or say in `test/mutation/equivalent-mutants.mjs` why none can.',
    ...files.flatMap(({ file }) => {
      const survivors = unexplained.filter((survivor) => survivor.file === file);
      return survivors.length === 0 ? [] : ['', `### ${file}`, ...survivors.flatMap(describe)];
    }),
    '',
  ].join('\n');
}

/** @param {import('./judge.mjs').Judgement} judgement */
export function formatSummary({ files, unexplained }) {
  const all = sumOf(files);
  return `${scoreOf(all).toFixed(1)} % of the mutants were noticed, ${scoreWithoutEquivalent(all).toFixed(1)} % without those that are equivalent; ${unexplained.length} survivors are unexplained`;
}

/** @param {import('./judge.mjs').Tally} tally */
function cellsOf(tally) {
  const { killed, timedOut, survived, uncovered, equivalent } = tally;
  const all = killed + timedOut + survived + uncovered;
  const scores = [scoreOf(tally), scoreWithoutEquivalent(tally)].map((score) => score.toFixed(1));
  const [score = '', scoreOfRest = ''] = scores;
  return [
    ...[all, killed, timedOut, survived, uncovered].map(String),
    score,
    String(equivalent),
    scoreOfRest,
  ];
}

/** @param {readonly string[]} cells */
const rowOf = (cells) => `| ${cells.join(' | ')} |`;

/** @param {import('./judge.mjs').EquivalentMutant} mutant */
const placeOf = ({ file, line, mutant }) => `- ${file}: \`${line}\`, with \`${mutant}\``;

/** As an entry of the list of those that are equivalent begins. @param {import('./judge.mjs').Survivor} survivor */
function describe({ at, line, code, mutant, isCovered }) {
  return [
    '',
    `Line ${at}${isCovered ? '' : ', which no test reaches'}:`,
    '',
    '```js',
    `line: ${JSON.stringify(line)},`,
    `code: ${JSON.stringify(code)},`,
    `mutant: ${JSON.stringify(mutant)},`,
    '```',
  ];
}
