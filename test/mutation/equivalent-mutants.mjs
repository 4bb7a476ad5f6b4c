/**
 * Mutants that survive because they change nothing that matters. The report of test:mutation leaves them out of a second score.
 *
 * @type {readonly import('./judge.mjs').EquivalentMutant[]}
 */
export const equivalentMutants = [];
