// What became of the mutants: the score of each file, and the survivors that nobody has explained.

/**
 * A mutant that survives because it changes nothing that matters.
 *
 * @typedef {object} EquivalentMutant
 * @property {string} file
 * @property {string} line of the code in which it begins, without the spaces around it
 * @property {string} code what is replaced, up to the end of that line
 * @property {string} mutant what it is replaced by
 * @property {string} why
 */

/**
 * Stryker's report, as far as it matters here. Lines and columns count from 1.
 *
 * @typedef {{ files: Record<string, { source: string; mutants: Mutant[] }> }} StrykerReport
 * @typedef {object} Mutant
 * @property {'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'RuntimeError' | 'CompileError' | 'Ignored'} status
 * @property {{ start: Position; end: Position }} location
 * @property {string} [replacement]
 * @typedef {{ line: number; column: number }} Position
 */

/**
 * @typedef {Omit<EquivalentMutant, 'why'> & { at: number; isCovered: boolean }} Survivor `at` is its line number
 * @typedef {object} Tally
 * @property {number} killed
 * @property {number} timedOut
 * @property {number} survived
 * @property {number} uncovered no test reaches them
 * @property {number} equivalent of those that no test noticed
 * @typedef {Tally & { file: string }} FileTally
 * @typedef {object} Judgement
 * @property {FileTally[]} files
 * @property {Survivor[]} unexplained
 * @property {EquivalentMutant[]} noticed those that are known to be equivalent, and are not
 */

/**
 * @param {StrykerReport} report
 * @param {readonly EquivalentMutant[]} equivalentMutants
 * @returns {Judgement}
 */
export function judge({ files }, equivalentMutants) {
  const known = new Set(equivalentMutants.map(identityOf));
  /** @type {Judgement} */
  const judgement = { files: [], unexplained: [], noticed: [] };
  for (const [file, { source, mutants }] of Object.entries(files)) {
    const lines = source.split('\n');
    const survivors = mutants
      .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
      .map((mutant) => survivorOf(mutant, file, lines));
    const unexplained = survivors.filter((survivor) => !known.has(identityOf(survivor)));
    judgement.unexplained.push(...unexplained);
    const found = new Set(survivors.map(identityOf));
    judgement.noticed.push(
      ...equivalentMutants.filter(
        (mutant) => mutant.file === file && !found.has(identityOf(mutant)),
      ),
    );
    const count = (/** @type {Mutant['status']} */ wanted) =>
      mutants.filter(({ status }) => status === wanted).length;
    judgement.files.push({
      file,
      killed: count('Killed'),
      timedOut: count('Timeout'),
      survived: count('Survived'),
      uncovered: count('NoCoverage'),
      equivalent: survivors.length - unexplained.length,
    });
  }
  return judgement;
}

/** Percent of the mutants that a test noticed. @param {Tally} tally */
export function scoreOf({ killed, timedOut, survived, uncovered }) {
  const noticed = killed + timedOut;
  const all = noticed + survived + uncovered;
  return all === 0 ? 100 : (100 * noticed) / all;
}

/** The same, of those that a test can notice. @param {Tally} tally */
export function scoreWithoutEquivalent(tally) {
  return scoreOf({ ...tally, survived: tally.survived - tally.equivalent });
}

/** @param {readonly Tally[]} tallies @returns {Tally} */
export function sumOf(tallies) {
  const sum = (/** @type {keyof Tally} */ key) =>
    tallies.reduce((total, tally) => total + tally[key], 0);
  return {
    killed: sum('killed'),
    timedOut: sum('timedOut'),
    survived: sum('survived'),
    uncovered: sum('uncovered'),
    equivalent: sum('equivalent'),
  };
}

/** @param {Mutant} mutant @param {string} file @param {readonly string[]} lines @returns {Survivor} */
function survivorOf({ status, location: { start, end }, replacement = '' }, file, lines) {
  const line = lines[start.line - 1] ?? '';
  const endsThere = start.line === end.line;
  return {
    file,
    at: start.line,
    line: line.trim(),
    code: line.slice(start.column - 1, endsThere ? end.column - 1 : undefined),
    mutant: replacement.replace(/\s+/g, ' '),
    isCovered: status === 'Survived',
  };
}

/** @param {Omit<EquivalentMutant, 'why'>} mutant */
const identityOf = ({ file, line, code, mutant }) => JSON.stringify([file, line, code, mutant]);
