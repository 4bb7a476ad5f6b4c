/** What may separate two words: white space, empty statements, comments to the end of a line. */
const GAP = /(?:[\s;]+|--[^\n\r]*)*/y;
const WORD = /\w*/y;
const COMMENT_MARK = /\/\*|\*\//g;

/**
 * Whether a statement would begin or end a transaction. Checking the first words is enough: the server accepts one
 * statement at a time, and no function or procedure can end a transaction that it did not begin.
 *
 * @internal
 */
export function controlsTransaction(statement: string): boolean {
  const [first, second, third] = firstWords(statement, 3);
  switch (first) {
    case 'ABORT':
    case 'BEGIN':
    case 'COMMIT':
    case 'END':
    case 'START':
      return true;
    case 'PREPARE':
      return second === 'TRANSACTION';
    case 'ROLLBACK': // ROLLBACK TO stays within the transaction.
      return !(second === 'TO' || third === 'TO');
    default:
      return false;
  }
}

function firstWords(statement: string, count: number): string[] {
  const words: string[] = [];
  let at = 0;
  while (words.length < count) {
    at = afterGap(statement, at);
    const word = match(WORD, statement, at);
    if (word === '') break;
    words.push(word.toUpperCase());
    at += word.length;
  }
  return words;
}

function afterGap(statement: string, from: number): number {
  let at = from + match(GAP, statement, from).length;
  while (statement.startsWith('/*', at)) {
    at = afterComment(statement, at);
    at += match(GAP, statement, at).length;
  }
  return at;
}

/** Comments can be nested. */
function afterComment(statement: string, from: number): number {
  let depth = 0;
  COMMENT_MARK.lastIndex = from;
  for (let mark = COMMENT_MARK.exec(statement); mark; mark = COMMENT_MARK.exec(statement)) {
    depth += mark[0] === '/*' ? 1 : -1;
    if (depth === 0) return COMMENT_MARK.lastIndex;
  }
  return statement.length;
}

/** The match of a sticky expression at this position, or an empty string. */
function match(expression: RegExp, text: string, at: number): string {
  expression.lastIndex = at;
  return expression.exec(text)?.[0] ?? '';
}
