import { createHash, randomUUID } from 'node:crypto';
import type { ElectionKeys } from '../model/election-setup.js';

/**
 * The first 16 bits of every key of this library, by which all its elections can be found in `pg_locks`: "LE" for the
 * lock of an election, "LH" for its heir lock.
 *
 * @internal
 */
export const LOCK_TAG = 0x4c45n;
/** @internal */
export const HEIR_TAG = 0x4c48n;
/** "LC": for checking whether the server's locks work, without touching an election. */
const TRIAL_TAG = 0x4c43n;

/**
 * "LS": the token of a session, which identifies it among the sessions that the same backend serves.
 *
 * @internal
 */
export const SESSION_TAG = 0x4c53n;

/**
 * "LP": the places of instances that keep a session (option `maxCandidates`).
 *
 * @internal
 */
export const PLACE_TAG = 0x4c50n;
/** The number of bits of a key that hold the number of a place. */
const PLACE_BITS = 10n;
/**
 * The most places that a fleet may have.
 *
 * @internal
 */
export const MOST_PLACES = 1_000;

/**
 * Returns the advisory lock keys of an election.
 *
 * The key is the tag followed by the first 48 bits of the SHA-256 of the UTF-8 name. With a thousand elections in one
 * database, the probability that two share a key is 2 in a billion.
 *
 * @param lockKey a signed 64-bit key that replaces the one derived from the name, to contend with other software
 * @internal
 */
export function electionKeys(name: string, lockKey?: bigint): ElectionKeys {
  const digest = digest48(lockKey === undefined ? name : `lockKey ${lockKey}`);
  return { lock: lockKey ?? tagged(LOCK_TAG, digest), heir: tagged(HEIR_TAG, digest) };
}

/**
 * Returns a random key that no election uses.
 *
 * @internal
 */
export function trialKey(): bigint {
  return tagged(TRIAL_TAG, digest48(randomUUID()));
}

/**
 * Returns a key that no other session holds. Its upper half, the tag and 16 bits derived from the instanceId, is the
 * same for all sessions of instances with that ID, so that they find each other. The rest is random.
 *
 * @internal
 */
export function sessionToken(instanceId: string): bigint {
  const [ofName, random] = [digest48(instanceId) >> 32n, digest48(randomUUID()) & 0xffff_ffffn];
  return tagged(SESSION_TAG, (ofName << 32n) | random);
}

/**
 * Returns the keys of a fleet's places: the tag, 38 bits derived from the elections, and the number of the place from
 * 0.
 *
 * They are derived from all elections in which the instance is a candidate. So all instances that compete for a place
 * can lead the same elections: instances that can't lead an election never take all places from those that can. If a
 * deployment adds an election, its instances have their own places from the start.
 *
 * @param locks the keys of the elections in which the instance is a candidate, in any order
 * @internal
 */
export function placeKeys(locks: readonly bigint[], count: number): bigint[] {
  const elections = locks.map(String).sort().join();
  const fleet = (digest48(`places ${elections}`) >> PLACE_BITS) << PLACE_BITS;
  return Array.from({ length: count }, (_, number) => tagged(PLACE_TAG, fleet | BigInt(number)));
}

/**
 * Returns the fleet and the number of a place, from 0; undefined if the key is not the key of a place.
 *
 * @internal
 */
export function placeOf(
  key: bigint,
): { readonly fleet: bigint; readonly number: number } | undefined {
  const unsigned = BigInt.asUintN(64, key);
  if (unsigned >> 48n !== PLACE_TAG) return undefined;
  return { fleet: unsigned >> PLACE_BITS, number: Number(BigInt.asUintN(Number(PLACE_BITS), key)) };
}

function digest48(text: string): bigint {
  return BigInt(`0x${createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 12)}`);
}

function tagged(tag: bigint, digest: bigint): bigint {
  return BigInt.asIntN(64, (tag << 48n) | digest);
}

/**
 * Splits a 64-bit key into the two halves that `pg_locks` shows.
 *
 * @internal
 */
export function halves(lock: bigint): [string, string] {
  const unsigned = BigInt.asUintN(64, lock);
  return [String(unsigned >> 32n), String(unsigned & 0xffff_ffffn)];
}

/** @internal */
export function isHeirKey(key: bigint): boolean {
  return BigInt.asUintN(64, key) >> 48n === HEIR_TAG;
}

/**
 * Returns the key of an election from its heir key, if the election's key was derived from a name.
 *
 * @internal
 */
export function keyOfHeir(heir: bigint): bigint {
  return tagged(LOCK_TAG, BigInt.asUintN(48, heir));
}
