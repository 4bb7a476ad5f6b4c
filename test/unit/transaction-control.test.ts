import { describe, expect, it } from '@jest/globals';
import { controlsTransaction } from '../../lib/core/session/transaction-control.js';

describe('a statement', () => {
  it.each([
    'BEGIN',
    'begin isolation level serializable',
    'START TRANSACTION',
    'COMMIT',
    'commit;',
    ' \n\t;; Commit work',
    'COMMIT AND CHAIN',
    "COMMIT PREPARED 'a'",
    'END',
    'ABORT',
    'ROLLBACK',
    'ROLLBACK WORK',
    'ROLLBACK TRANSACTION AND CHAIN',
    "PREPARE TRANSACTION 'a'",
    "PREPARE/**/TRANSACTION'a'",
    '-- why\nCOMMIT',
    '--\rCOMMIT',
    '/* why */COMMIT',
    '/* why /* -- */ */ -- */\n COMMIT',
    '/**//**/COMMIT--',
  ])('that would begin or end a transaction is known: %j', (statement) => {
    expect(controlsTransaction(statement)).toBe(true);
  });

  it.each([
    '',
    ';',
    '--',
    '/*',
    '/* COMMIT',
    '-- COMMIT',
    'SELECT 1 -- COMMIT',
    'SAVEPOINT a',
    'RELEASE a',
    'ROLLBACK TO a',
    'rollback to savepoint a',
    'ROLLBACK WORK TO a',
    'ROLLBACK/* back */TRANSACTION -- further back\nTO a',
    'PREPARE a AS SELECT 1',
    'COMMITTED',
    'commit_1',
    '"COMMIT"',
    'SET TRANSACTION READ ONLY',
    'INSERT INTO t VALUES (1)',
    "SELECT 'COMMIT'",
  ])('that does not is let through: %j', (statement) => {
    expect(controlsTransaction(statement)).toBe(false);
  });

  it('is looked at in no time, however long it is', () => {
    const long = 1_000_000;
    for (const part of [' ', ';', '--\n', '/*', '*/', '/**/', '-', 'a']) {
      expect(controlsTransaction(part.repeat(long))).toBe(false);
    }
    expect(controlsTransaction(`${'/**/ '.repeat(long)}COMMIT`)).toBe(true);
  });
});
