import { describe, expect, it } from '@jest/globals';
import type { Announcement } from '../../lib/core/model/announcement.js';
import {
  formatAnnouncement,
  parseAnnouncement,
} from '../../lib/core/postgres/announcement-codec.js';

const key = -(2n ** 63n);
const leader = {
  instanceId: 'pod-1',
  term: 2n ** 64n - 1n,
  since: new Date(0),
  address: 'http://10.0.0.1:3000',
};

const wellFormed: Announcement[] = [
  { type: 'elected', key, leader },
  { type: 'leading', key, leader: { instanceId: 'pod-1' } },
  { type: 'resigned', key, instanceId: 'pod-1' },
  { type: 'resigned', key, instanceId: 'pod-1', servedUntil: 1_700_000_000_000 },
  { type: 'stepping-down', key, instanceId: 'pod-1', servedUntil: 1_700_000_000_000 },
  { type: 'resign-request', key, instanceId: 'pod-1', successor: 'pod-2' },
  { type: 'resign-request', key, instanceId: 'pod-1' },
  { type: 'acquired', key, instanceId: 'pod-1' },
  { type: 'acquired', key, instanceId: 'pod-1', token: 77n },
  { type: 'same-name', instanceId: 'pod-1', host: 'node-1', process: 4711 },
  { type: 'leading', key, leader: { instanceId: 'pod-1' }, token: 77n },
  { type: 'place-free', key },
  { type: 'who-leads' },
  { type: 'roll-call' },
];

const valid = {
  v: 1,
  type: 'elected',
  key: '1',
  instanceId: 'pod-1',
  term: '7',
  since: 0,
};

describe('an announcement', () => {
  it('is ignored when it is longer than any that a server delivers', () => {
    const { length } = JSON.stringify({ ...valid, pad: '' });
    const padded = (bytes: number) => JSON.stringify({ ...valid, pad: 'x'.repeat(bytes - length) });
    expect(parseAnnouncement(padded(7_999))).toBeDefined();
    expect(parseAnnouncement(padded(8_000))).toBeUndefined();
  });

  it.each(wellFormed)('arrives as it was sent: $type', (announcement) => {
    expect(parseAnnouncement(formatAnnouncement(announcement))).toEqual(announcement);
  });

  it.each([
    ['no JSON', 'elected'],
    ['nothing', ''],
    ['null', 'null'],
    ['an array', '[]'],
    ['a text', '"elected"'],
    ['another format', JSON.stringify({ ...valid, v: 2 })],
    ['an unknown type', JSON.stringify({ ...valid, type: 'deposed' })],
    ['a type that every object has', JSON.stringify({ ...valid, type: 'constructor' })],
    ['a type that is a list', JSON.stringify({ ...valid, type: ['elected'] })],
    ['a missing key', JSON.stringify({ ...valid, key: undefined })],
    ['a key as a number', JSON.stringify({ ...valid, key: 1 })],
    ['a key of 65 bits', JSON.stringify({ ...valid, key: `${2n ** 63n}` })],
    ['a key that is no number', JSON.stringify({ ...valid, key: '0x1' })],
    ['a key of a million digits', JSON.stringify({ ...valid, key: '1'.repeat(1_000_000) })],
    ['a missing instance', JSON.stringify({ ...valid, instanceId: undefined })],
    ['an empty instance', JSON.stringify({ ...valid, instanceId: '' })],
    [
      'an instance of a thousand characters',
      JSON.stringify({ ...valid, instanceId: 'x'.repeat(1_000) }),
    ],
    ['a negative term', JSON.stringify({ ...valid, term: '-1' })],
    ['a term of 65 bits', JSON.stringify({ ...valid, term: `${2n ** 64n}` })],
    ['a term as a number', JSON.stringify({ ...valid, term: 7 })],
    ['a date beyond all dates', JSON.stringify({ ...valid, since: 1e300 })],
    ['a date as a text', JSON.stringify({ ...valid, since: '2030' })],
    ['an address that is none', JSON.stringify({ ...valid, address: {} })],
    ['an end without its moment', JSON.stringify({ ...valid, type: 'stepping-down' })],
    [
      'a resignation at no moment',
      JSON.stringify({ ...valid, type: 'resigned', servedUntil: 'now' }),
    ],
    ['a request for nobody', JSON.stringify({ ...valid, type: 'resign-request', successor: '' })],
  ])('is ignored when it is %s', (_what, payload) => {
    expect(parseAnnouncement(payload)).toBeUndefined();
  });
});
