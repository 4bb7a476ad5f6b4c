import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import {
  electionKeys,
  HEIR_TAG,
  LOCK_TAG,
  MOST_PLACES,
  PLACE_TAG,
  placeKeys,
  placeOf,
} from '../../lib/core/postgres/lock-key.js';

const upper16 = (key: bigint) => BigInt.asUintN(64, key) >> 48n;
const lower48 = (key: bigint) => BigInt.asUintN(48, key);

describe('the keys of an election', () => {
  it('never change: instances of different versions must contend for the same lock', () => {
    expect(electionKeys('default')).toEqual({
      lock: 5495860118975270425n,
      heir: 5496704543905402393n,
    });
  });

  it('carry the tag by which pg_locks shows all elections of a database', () => {
    const { lock, heir } = electionKeys('billing');
    expect([upper16(lock), upper16(heir)]).toEqual([LOCK_TAG, HEIR_TAG]);
  });

  it('share 48 bits of the SHA-256 of the name', () => {
    const { lock, heir } = electionKeys('Straße');
    const digest = BigInt(`0x${createHash('sha256').update('Straße').digest('hex').slice(0, 12)}`);
    expect([lower48(lock), lower48(heir)]).toEqual([digest, digest]);
  });

  it('are signed 64-bit numbers, as PostgreSQL takes them', () => {
    for (const name of ['a', 'b', 'c', 'ß', '😀']) {
      for (const key of Object.values(electionKeys(name)) as bigint[]) {
        expect(BigInt.asIntN(64, key)).toBe(key);
      }
    }
  });

  it('can be given, to contend with electors written elsewhere', () => {
    const { lock, heir } = electionKeys('whatever', 42n);
    expect(lock).toBe(42n);
    expect(upper16(heir)).toBe(HEIR_TAG);
    expect(electionKeys('another name', 42n).heir).toBe(heir);
  });
});

describe('the keys of the places', () => {
  const [one, other] = [electionKeys('one').lock, electionKeys('other').lock];

  it('never change: instances of different versions must compete for the same places', () => {
    expect(placeKeys([one], 2)).toEqual([5499023627982388224n, 5499023627982388225n]);
  });

  it('carry the tag, and the number of the place', () => {
    const keys = placeKeys([one], MOST_PLACES);
    expect(new Set(keys).size).toBe(MOST_PLACES);
    expect(keys.map((key) => placeOf(key)?.number)).toEqual(keys.map((_, number) => number));
    expect(keys.map(upper16)).toEqual(keys.map(() => PLACE_TAG));
    expect(new Set(keys.map((key) => placeOf(key)?.fleet)).size).toBe(1);
  });

  it('are those of all who are candidates in the same elections, in whatever order', () => {
    expect(placeKeys([one, other], 3)).toEqual(placeKeys([other, one], 3));
    expect(placeKeys([one, other], 3)).toEqual(placeKeys([one, other], 5).slice(0, 3));
  });

  it('differ where the elections differ', () => {
    const fleets = [[one], [other], [one, other]].map((locks) => placeKeys(locks, 5));
    expect(new Set(fleets.flat()).size).toBe(15);
  });

  it('are no keys of elections', () => {
    expect(placeOf(one)).toBeUndefined();
  });
});
