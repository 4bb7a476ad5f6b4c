import { describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { hostileValues } from '../support/hostile-values.js';
import { describeConnectionError } from '../../lib/core/postgres/connection.error.js';

const password = 'tr0ub4dor';

describe('a connection error', () => {
  it.each([
    ['an invalid URL', `postgresql://app:${password}@host:port/app`],
    ['a password with a slash', `postgresql://app:12/${password}@host:5432/app`],
    ['a password with a hash', `postgresql://app:${password}#1@host:5432/app`],
  ])('does not tell the password of %s', (_what, connectionString) => {
    let thrown: unknown = new Error(`can't use ${connectionString}`);
    try {
      new URL(connectionString);
    } catch (error) {
      thrown = error;
    }
    const described = describeConnectionError(thrown, { connectionString });
    expect(inspect(described, { depth: Infinity, showHidden: true })).not.toContain(password);
  });

  it('says what to do where a retry does not help', () => {
    const refused = Object.assign(new Error('password authentication failed for user "app"'), {
      code: '28P01',
    });
    const described = describeConnectionError(refused, { password });
    expect(described.message).toContain('password authentication failed for user "app"');
    expect(described.message).toContain('check the user and the password');
    expect(described).toMatchObject({ permanent: true, code: '28P01' });
  });

  it('names every address of a host that refused', () => {
    const refused = new AggregateError([
      new Error('connect ECONNREFUSED ::1:5432'),
      new Error('connect ECONNREFUSED 127.0.0.1:5432'),
    ]);
    expect(describeConnectionError(refused, undefined)).toMatchObject({
      permanent: false,
      message: 'connect ECONNREFUSED ::1:5432; connect ECONNREFUSED 127.0.0.1:5432',
    });
  });

  it.each(hostileValues)(
    'is made of whatever a function of the application throws: $what',
    ({ make }) => {
      const described = describeConnectionError(make(), { password });
      expect(described).toMatchObject({ name: 'DatabaseConnectionError', permanent: false });
      expect(described.message).not.toBe('');
    },
  );
});
