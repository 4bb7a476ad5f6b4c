// What Spin looks at: worlds that are small enough to be gone through completely, and what must come of each.

/** Everything that can be done to an instance, its session or the server. */
const KINDS = ['mayCrash', 'mayFreeze', 'mayBeCut', 'mayBeTerminated', 'mayRestart'];
/** What `takeover: 'fast'` promises a single leader in spite of (docs/guarantees.md). */
const FAST = KINDS.filter((kind) => kind !== 'mayBeTerminated');

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {number} instances
 * @property {number} faults
 * @property {number} resignations
 * @property {'fast' | 'strict'} takeover
 * @property {readonly string[]} kinds the faults that may happen
 * @property {string} [bug] a rule that is left out
 * @property {'holds' | 'two leaders'} expected
 * @property {boolean} [isLarge] takes minutes and gigabytes
 */

/** @type {readonly Check[]} */
export const checks = [
  ...[
    { instances: 2, faults: 2, resignations: 1 },
    { instances: 2, faults: 3, resignations: 1, isLarge: true },
    { instances: 3, faults: 1, resignations: 1, isLarge: true },
    { instances: 3, faults: 2, resignations: 0, isLarge: true },
  ].flatMap((world) => [
    {
      ...world,
      name: 'fast, without terminated sessions',
      takeover: /** @type {const} */ ('fast'),
      kinds: FAST,
      expected: /** @type {const} */ ('holds'),
    },
    {
      ...world,
      name: 'strict, with all faults',
      takeover: /** @type {const} */ ('strict'),
      kinds: KINDS,
      expected: /** @type {const} */ ('holds'),
    },
  ]),
  // What is not promised, and what would be wrong, must be found: or a world that holds would prove nothing.
  found('fast, with terminated sessions', { takeover: 'fast', kinds: KINDS }),
  found('strict, whose witness believes that nobody has led since', {
    takeover: 'strict',
    kinds: KINDS,
    bug: 'BUG_WITNESS',
  }),
  found('fast, without the wait after a restart of the server', {
    takeover: 'fast',
    kinds: FAST,
    bug: 'BUG_RESTART',
  }),
  found('fast, trusting from the answer instead of the sending', {
    takeover: 'fast',
    kinds: FAST,
    bug: 'BUG_TRUST',
  }),
];

/**
 * @param {string} name @param {Pick<Check, 'takeover' | 'kinds' | 'bug'>} how
 * @returns {Check}
 */
function found(name, how) {
  return { name, instances: 2, faults: 2, resignations: 1, ...how, expected: 'two leaders' };
}

/** @param {Check} check @returns {string[]} definitions of the model */
export function definitionsOf({ instances, faults, resignations, takeover, kinds, bug }) {
  return [
    `-DN=${instances}`,
    `-DFAULTS=${faults}`,
    `-DRESIGNATIONS=${resignations}`,
    ...KINDS.map((kind) => `-D${kind}=${kinds.includes(kind) ? 1 : 0}`),
    ...(takeover === 'strict' ? ['-DSTRICT'] : []),
    ...(bug === undefined ? [] : [`-D${bug}`]),
  ];
}
