import { describe, expect, it } from '@jest/globals';
import type { InstanceReport } from '../../lib/core/model/instance-report.js';
import { formatReport, parseReport } from '../../lib/core/postgres/instance-report-codec.js';
import { MAX_PAYLOAD_BYTES } from '../../lib/core/postgres/payload.js';

const election = { name: 'default', key: -(2n ** 63n), role: 'leader' } as const;
const report: InstanceReport = {
  instanceId: 'pod-1',
  version: '1.2.3',
  address: 'http://10.0.0.1:3000',
  startedAt: new Date(0),
  lastHeartbeat: new Date(1_700_000_000_000),
  elections: [
    { ...election, term: 2n ** 64n - 1n, since: new Date(1) },
    { ...election, role: 'observer', key: 42n },
  ],
};
const [payload = ''] = formatReport(report);
const valid = JSON.parse(payload) as { elections: object[] };

/** What arrives of an answer that needed several notifications. */
function rejoined(payloads: readonly string[]) {
  const parts = payloads.map(parseReport);
  expect(parts.map((one) => [one?.part, one?.parts])).toEqual(
    parts.map((_, index) => [index, parts.length]),
  );
  return parts.flatMap((one) => one?.report.elections);
}

describe('a report of an instance', () => {
  it('arrives as it was sent', () => {
    expect(parseReport(payload)).toEqual({ report, part: 0, parts: 1 });
  });

  it('arrives without what is not known', () => {
    const { instanceId, version, startedAt, elections } = report;
    const known = { instanceId, version, startedAt, elections };
    expect(parseReport(formatReport(known).join())?.report).toEqual(known);
  });

  it.each([
    ['two hundred elections', 'reports', 200],
    ['names that take as many bytes as they can', '\u0001'.repeat(200), 20],
    ['names of characters of several bytes', '会'.repeat(200), 50],
  ])('fits into notifications with %s', (_what, name, count) => {
    const elections = Array.from({ length: count }, (_, index) => ({
      ...election,
      name,
      key: BigInt(index),
    }));
    const long = '\u0001'.repeat(200);
    const payloads = formatReport({
      ...report,
      instanceId: long,
      address: long,
      elections,
    });
    expect(payloads.length).toBeGreaterThan(1);
    for (const one of payloads)
      expect(Buffer.byteLength(one)).toBeLessThanOrEqual(MAX_PAYLOAD_BYTES);
    expect(rejoined(payloads)).toEqual(elections);
  });

  it('is given by an instance without elections as well', () => {
    expect(rejoined(formatReport({ ...report, elections: [] }))).toEqual([]);
  });

  it.each([
    ['another type', { type: 'roll-call' }],
    ['no instance', { instanceId: undefined }],
    ['no version', { version: undefined }],
    ['a start at no moment', { startedAt: 'yesterday' }],
    ['a heartbeat beyond all dates', { lastHeartbeat: 1e300 }],
    ['an address that is none', { address: 5 }],
    ['no elections', { elections: undefined }],
    ['elections that are no list', { elections: { length: 1 } }],
    ['an election that is none', { elections: [null] }],
    ['an election that is a list', { elections: [[]] }],
    ['a role that there is not', { elections: [{ ...valid.elections[0], role: 'king' }] }],
    ['a key of 65 bits', { elections: [{ ...valid.elections[0], key: `${2n ** 63n}` }] }],
    ['a negative term', { elections: [{ ...valid.elections[0], term: '-1' }] }],
    ['the second of one part', { part: 1 }],
    ['half a part', { part: 0.5, parts: 2 }],
    ['a part of more than it could be', { parts: 1e9 }],
    ['a part of nothing', { part: 0, parts: 0 }],
  ])('is ignored when it has %s', (_what, change) => {
    expect(parseReport(JSON.stringify({ ...valid, ...change }))).toBeUndefined();
  });
});
