const election = 'lib/core/election';
const session = 'lib/core/session';

const assignedBefore =
  'What it begins with is never read: the statement assigns it before anything else does.';

/**
 * Mutants that survive because they change nothing that matters. The report of test:mutation leaves them out of a second score.
 *
 * @type {readonly import('./judge.mjs').EquivalentMutant[]}
 */
export const equivalentMutants = [
  {
    file: `${session}/transaction-control.ts`,
    line: 'const GAP = /(?:[\\s;]+|--[^\\n\\r]*)*/y;',
    code: '/(?:[\\s;]+|--[^\\n\\r]*)*/y',
    mutant: '/(?:[\\s;]|--[^\\n\\r]*)*/y',
    why: 'Both match the same; the group around it repeats as well.',
  },
  {
    file: `${session}/transaction-control.ts`,
    line: 'while (words.length < count) {',
    code: 'words.length < count',
    mutant: 'words.length <= count',
    why: 'Nobody looks at a fourth word.',
  },
  {
    file: `${session}/transaction-control.ts`,
    line: "if (word === '') break;",
    code: "word === ''",
    mutant: 'false',
    why: 'No word at all and an empty one are no word that anybody looks for.',
  },
  {
    file: `${session}/transaction-control.ts`,
    line: "if (word === '') break;",
    code: "''",
    mutant: '"Stryker was here!"',
    why: 'No word at all and an empty one are no word that anybody looks for.',
  },
  {
    file: `${session}/transaction-control.ts`,
    line: "depth += mark[0] === '/*' ? 1 : -1;",
    code: "depth += mark[0] === '/*' ? 1 : -1",
    mutant: "depth -= mark[0] === '/*' ? 1 : -1",
    why: 'The depth is counted downwards, and is 0 at the same mark.',
  },
  {
    file: `${session}/transaction-control.ts`,
    line: "depth += mark[0] === '/*' ? 1 : -1;",
    code: "mark[0] === '/*'",
    mutant: "mark[0] !== '/*'",
    why: 'The depth is counted downwards, and is 0 at the same mark.',
  },
  {
    file: `${session}/transaction-control.ts`,
    line: "return expression.exec(text)?.[0] ?? '';",
    code: 'expression.exec(text)?.[0]',
    mutant: 'expression.exec(text)[0]',
    why: 'Both expressions match at every place, if only nothing.',
  },
  {
    file: `${session}/transaction-control.ts`,
    line: "return expression.exec(text)?.[0] ?? '';",
    code: "''",
    mutant: '"Stryker was here!"',
    why: 'Both expressions match at every place, if only nothing.',
  },
  {
    file: `${session}/transaction.ts`,
    line: 'settle(work).then(tell, (error: unknown) => {',
    code: '{',
    mutant: '{}',
    why: '`settle()` never rejects.',
  },
  {
    file: `${session}/transaction.ts`,
    line: 'tell({ error });',
    code: '{ error }',
    mutant: '{}',
    why: '`settle()` never rejects.',
  },
  {
    file: `${session}/transaction.ts`,
    line: 'if (!outcome) throw leadership.signal.reason;',
    code: '!outcome',
    mutant: 'false',
    why: 'The next line throws then, and the caller throws the reason instead, since the signal is aborted.',
  },
  {
    file: `${session}/lock-poller.ts`,
    line: '#soon = -Infinity;',
    code: '-Infinity',
    mutant: '+Infinity',
    why: 'A moment too far ahead is replaced like one that is over.',
  },
  {
    file: `${session}/lock-poller.ts`,
    line: 'leftToHeir: false,',
    code: 'false',
    mutant: 'true',
    why: 'It is read only after the lock was seen to be taken, which sets it to false.',
  },
  {
    file: `${session}/lock-poller.ts`,
    line: 'const surplus = this.#heirRule?.surplus(locksOf(held), locksOf(granted)) ?? [];',
    code: 'this.#heirRule?.surplus',
    mutant: 'this.#heirRule.surplus',
    why: 'Without a rule there is nothing left to do there, and what is thrown then is caught.',
  },
  {
    file: `${session}/lock-poller.ts`,
    line: 'const surplus = this.#heirRule?.surplus(locksOf(held), locksOf(granted)) ?? [];',
    code: '[]',
    mutant: '["Stryker was here"]',
    why: 'It is no lock of an entry.',
  },
  {
    file: `${session}/session.ts`,
    line: "if (!(error instanceof SessionEndedError)) this.end('conn_lost', error);",
    code: '!(error instanceof SessionEndedError)',
    mutant: 'true',
    why: 'A session that is over does not end again.',
  },
  ...['let locks: readonly bigint[] = [];', 'let releases: readonly Release[] = [];'].map(
    (line) => ({
      file: `${session}/shared-statements.ts`,
      line,
      code: '[]',
      mutant: '["Stryker was here"]',
      why: assignedBefore,
    }),
  ),
];
