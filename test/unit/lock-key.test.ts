import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { electionKeys, HEIR_TAG, LOCK_TAG } from '../../lib/core/postgres/lock-key.js';

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
