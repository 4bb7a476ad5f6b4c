import fc from 'fast-check';

/** What PostgreSQL delivers at most, in bytes. */
const LONGEST = 7_999;

/** Where an object serves as a table, these names are more than names. */
const PITFALLS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length'];

const TYPES = [
  ...['acquired', 'elected', 'leading', 'stepping-down', 'resigned', 'resign-request'],
  ...['same-name', 'place-free', 'who-leads', 'roll-call', 'present', 'deposed', ...PITFALLS],
];

/** Of messages and of reports. */
const FIELDS = [
  ...['key', 'instanceId', 'term', 'since', 'token', 'takeover', 'servedUntil', 'successor'],
  ...['host', 'process', 'version', 'startedAt', 'lastHeartbeat', 'maxCandidates', 'elections'],
  ...['part', 'parts', 'name', 'role', 'address', ...PITFALLS],
];

/** What one field or another may be, and what none may be. */
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('1', '2', '-1', '0', 'one', 'two', 'fast', 'strict') },
  { weight: 2, arbitrary: fc.constantFrom(0, 1, 7, -1, 1.5, 1e308, 8.64e15, 8.65e15, Date.now()) },
  fc.constantFrom(
    String(2n ** 63n - 1n),
    String(-(2n ** 63n)),
    String(2n ** 64n),
    '9'.repeat(5_000),
  ),
  fc.constantFrom('leader', 'heir', 'standby', 'reserve', ...PITFALLS),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ minLength: 500, maxLength: 530 }),
  fc.constantFrom(null, true, [], {}, [{}], [null]),
);

const fields = fc.dictionary(fc.constantFrom(...FIELDS), value, { maxKeys: 12 });

const version = fc.oneof(
  { weight: 9, arbitrary: fc.constant<unknown>(1) },
  fc.constantFrom(0, 2, '1', null),
);

/** JSON of the right shape: a version, a type, and fields that are right, extreme or wrong. */
const shaped = fc
  .tuple(version, fc.constantFrom(...TYPES), fields, fc.array(fields, { maxLength: 3 }))
  .map(([v, type, some, elections]) =>
    JSON.stringify({
      v,
      type,
      key: '1',
      instanceId: 'one',
      ...(elections.length > 0 && { elections }),
      ...some,
    }),
  );

/** A report of an instance, of which a field or two may be anything. */
const report = fc.dictionary(fc.constantFrom(...FIELDS), value, { maxKeys: 2 }).map((some) =>
  JSON.stringify({
    ...{ v: 1, type: 'present', instanceId: 'one', version: '1', startedAt: 0, part: 0, parts: 1 },
    elections: [{ name: 'one', key: '1', role: 'leader', term: '7', ...some }],
    ...some,
  }),
);

/** The same, as long as it may be. */
const long = shaped.map((json) => {
  const room = LONGEST - Buffer.byteLength(json) - 10;
  return room > 0 ? `${json.slice(0, -1)},"pad":"${'x'.repeat(room)}"}` : json;
});

/** Anything that a role which may connect to the database can send. */
export const payload = fc.oneof(
  { weight: 12, arbitrary: shaped },
  { weight: 1, arbitrary: report },
  { weight: 1, arbitrary: long },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'binary', minLength: 2_000, maxLength: LONGEST }),
  },
  { weight: 2, arbitrary: fc.json({ maxDepth: 3 }) },
);
