import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { defaultTimings, LeaderElectionModule } from 'nestjs-leader-election';
import { boot } from '../support/app.js';

const connection = 'postgresql://user:wr0ng-s3cret@localhost:1/database';

/** The boot's error. Options come from configuration files and untyped code, so they can be anything. */
async function refusal(options: object): Promise<Error> {
  const module = LeaderElectionModule.forRoot(options);
  const outcome = await boot({ imports: [module] }).catch((error: unknown) => error);
  if (!(outcome instanceof Error)) throw new Error('It was not refused.');
  return outcome;
}

const INTERVALS = [
  'heartbeatInterval',
  'retryInterval',
  'heirInterval',
  'renewDeadline',
  'leaseDuration',
  'reserveInterval',
  'stopTimeout',
] as const;

describe.each(INTERVALS)('%s', (option) => {
  it.each([
    ['negative', -1, '-1'],
    ['zero', 0, '0'],
    ['fractional', 1.5, '1.5'],
    ['NaN', NaN, 'NaN'],
    ['infinite', Infinity, 'Infinity'],
    ['a string', '1000', `'1000'`],
    ['null', null, 'null'],
    ['longer than a day', 86_400_001, '86400001'],
  ])('is refused when it is %s', async (_, given, shown) => {
    expect(await refusal({ connection, [option]: given })).toMatchObject({
      name: 'InvalidOptionError',
      option,
      given,
      message: `Option \`${option}\` must be an integer from 1 to 86400000 (milliseconds); given: ${shown}`,
    });
  });
});

describe('the order heartbeatInterval < renewDeadline < leaseDuration', () => {
  it.each([
    { heartbeatInterval: 6_000 },
    { heartbeatInterval: 7_000 },
    { renewDeadline: 1_000 },
    { renewDeadline: 10_000 },
    { leaseDuration: 6_000 },
    { leaseDuration: 500 },
    { heartbeatInterval: 300, renewDeadline: 200, leaseDuration: 100 },
  ])('is refused when it is broken by %j, with all three numbers', async (given) => {
    const { message } = await refusal({ connection, ...given });
    const all = { heartbeatInterval: 1_000, renewDeadline: 6_000, leaseDuration: 10_000, ...given };

    expect(message).toMatch(
      'Option `heartbeatInterval, renewDeadline, leaseDuration` must be in ascending order',
    );
    for (const [option, value] of Object.entries(all))
      expect(message).toMatch(`${option}: ${value}`);
  });

  it('leaves room for clocks that differ', async () => {
    const { message } = await refusal({ connection, renewDeadline: 9_900 });

    expect(message).toBe(
      "Option `renewDeadline, leaseDuration` must be at least 2 % apart, because the server's clock may run faster or slower " +
        'by that much; given: { renewDeadline: 9900, leaseDuration: 10000 }',
    );
  });

  it('is joined by heirInterval, which can not be longer than retryInterval', async () => {
    const { message } = await refusal({ connection, retryInterval: 40 });

    expect(message).toBe(
      'Option `heirInterval` must be at most retryInterval: the heir polls more often than other standbys; ' +
        'given: { heirInterval: 50, retryInterval: 40 }',
    );
  });
});

describe('maxCandidates', () => {
  it.each([
    ['zero', 0, '0'],
    ['negative', -1, '-1'],
    ['fractional', 2.5, '2.5'],
    ['NaN', NaN, 'NaN'],
    ['infinite', Infinity, 'Infinity'],
    ['a string', '5', `'5'`],
    ['null', null, 'null'],
    ['more than there can be places', 1_001, '1001'],
  ])('is refused when it is %s', async (_, given, shown) => {
    expect(await refusal({ connection, maxCandidates: given })).toMatchObject({
      name: 'InvalidOptionError',
      option: 'maxCandidates',
      message: `Option \`maxCandidates\` must be an integer from 1 to 1000; given: ${shown}`,
    });
  });

  it.each([
    { maxCandidates: 5, reserveInterval: 1_999 },
    { maxCandidates: 5, retryInterval: 40_000 },
  ])(
    'is joined by reserveInterval, which can not be shorter than retryInterval: %j',
    async (given) => {
      const { message } = await refusal({ connection, ...given });

      expect(message).toMatch(
        'Option `reserveInterval` must be at least retryInterval: connecting more often than a standby polls costs more',
      );
    },
  );

  it('leaves a retryInterval of any length to those that have no reserve', async () => {
    const { message } = await refusal({
      connection,
      ...defaultTimings,
      retryInterval: 40_000,
      spread: 'yes',
    });

    expect(message).toMatch('Option `spread`');
  });
});

describe('elections', () => {
  it.each([
    [
      'no array',
      'billing',
      'elections',
      /an array of at least one name or \{ name, … \}; given: 'billing'/,
    ],
    ['empty', [], 'elections', /an array of at least one name or \{ name, … \}; given: \[\]/],
    [
      'an empty name',
      ['billing', ''],
      'elections[1]',
      /a string of 1 to 200 characters; given: ''/,
    ],
    ['a blank name', [' '], 'elections[0]', /a string of 1 to 200 characters; given: ' '/],
    ['a number', [7], 'elections[0]', /a string of 1 to 200 characters; given: 7/],
    ['no name', [{ lockKey: 1n }], 'elections[0].name', /a string of 1 to 200 .* given: undefined/],
    [
      'a name twice',
      ['a', 'b', 'a'],
      'elections[2]',
      /unique; another election has this name; given: 'a'/,
    ],
    [
      'a name twice, once as an object',
      ['a', { name: 'a' }],
      'elections[1]',
      /unique; another election has this name; given: 'a'/,
    ],
    [
      'a lock key that is a number',
      [{ name: 'a', lockKey: 42 }],
      'elections[0].lockKey',
      /a bigint from .*, such as 42n; given: 42/,
    ],
    [
      'a lock key of more than 64 bits',
      [{ name: 'a', lockKey: 2n ** 63n }],
      'elections[0].lockKey',
      /a bigint from .*; given: 9223372036854775808n/,
    ],
    [
      'an unknown option',
      [{ name: 'a', key: 1n }],
      'elections[0].key',
      /no such option; the options are name, lockKey, candidate; given: 1n/,
    ],
  ])('are refused with %s', async (_, elections, option, message) => {
    expect(await refusal({ connection, elections })).toMatchObject({
      name: 'InvalidOptionError',
      option,
      message: expect.stringMatching(message),
    });
  });

  it('are refused when two of them share one lock key', async () => {
    const elections = [{ name: 'a', lockKey: 42n }, 'b', { name: 'c', lockKey: 42n }];

    expect((await refusal({ connection, elections })).message).toBe(
      "Option `elections` must be elections with different lock keys; these share 42; given: [ 'a', 'c' ]",
    );
  });
});

describe('other options', () => {
  it.each([
    ['connection', undefined, /a connection string such as postgresql:.*; given: undefined/],
    ['connection', undefined, /to run without a database, .* set standalone: true; given/],
    ['connection', '', /a connection string such as .*; given: ''/],
    ['connection', 5432, /a connection string such as .*; given: 5432/],
    ['connection', null, /a connection string such as .*; given: null/],
    ['connection', ['a'], /a connection string such as .*; given: \[ 'a' \]/],
    ['connection', { connectionString: undefined }, /; given: { connectionString: undefined }/],
    ['connection', { host: undefined, port: undefined }, /; given: { host: undefined, port/],
    ['connection', Promise.resolve('postgresql://a'), /; given: Promise {/],
    ['instanceId', '', /a string of 1 to 200 characters; given: ''/],
    ['instanceId', 'x'.repeat(201), /a string of 1 to 200 characters; given: 'xxx/],
    ['address', 3000, /a string of 1 to 200 characters; given: 3000/],
    ['candidate', 'no', /true or false; given: 'no'/],
    ['standalone', 1, /true or false; given: 1/],
    ['metrics', 'statsd', /a MetricsSink or an array of them: .*; given: 'statsd'/],
    ['metrics', [null], /a MetricsSink or an array of them: .*; given: \[ null \]/],
    ['metrics', {}, /leaderStatusChanged/],
    [
      'metrics',
      { leaderStatusChanged: true, leaderAcquired() {}, leaderLost() {} },
      /leaderStatusChanged/,
    ],
  ])('%s is refused when it is %p', async (option, given, message) => {
    expect(await refusal({ connection, [option]: given })).toMatchObject({
      name: 'InvalidOptionError',
      option,
      message: expect.stringMatching(message),
    });
  });

  it('that do not exist are refused with the ones that do, so that a typo shows', async () => {
    const { message } = await refusal({ connection, hartbeatInterval: 1_000 });

    expect(message).toMatch(
      /^Option `hartbeatInterval` must be omitted: there is no such option; the options are /,
    );
    for (const option of [...INTERVALS, 'connection', 'elections', 'instanceId', 'standalone'])
      expect(message).toMatch(option);
  });

  it('are refused where a connection is a pool or a client', async () => {
    for (const own of [new pg.Pool({ connectionString: connection }), new pg.Client(connection)])
      expect((await refusal({ connection: own })).message).toMatch(
        /^Option `connection` must be a connection string/,
      );
  });

  it('are never refused with the password in the message', async () => {
    const wrong = { connection: { connectionString: connection, password: 'wr0ng-s3cret' } };

    expect((await refusal({ ...wrong, candidate: 1 })).message).not.toMatch('wr0ng-s3cret');
    expect((await refusal({ conection: connection })).message).not.toMatch('wr0ng-s3cret');
    expect((await refusal({ conection: wrong.connection })).message).not.toMatch('wr0ng-s3cret');
    expect((await refusal({ connection: [connection] })).message).not.toMatch('wr0ng-s3cret');
    expect((await refusal({ connection: new URL(connection) })).message).not.toMatch(
      'wr0ng-s3cret',
    );
  });
});
