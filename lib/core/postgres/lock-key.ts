import { createHash, randomUUID } from 'node:crypto';
import type { ElectionKeys } from '../model/election-setup.js';

/**
 * The first 16 bits of every key of this library, by which `pg_locks` shows all its elections in a database: "LE" for
 * an election's lock, "LH" for its heir's.
 *
 * @internal
 */
export const LOCK_TAG = 0x4c45n;
/** @internal */
export const HEIR_TAG = 0x4c48n;
/** "LC": for trying whether a server's locks are good for an election, without touching one. */
const TRIAL_TAG = 0x4c43n;

/**
 * "LS": held by a session, so that it can be told from others of the same process of the server.
 *
 * @internal
 */
export const SESSION_TAG = 0x4c53n;

/**
 * "LP": the places of the instances that keep a session (option `maxCandidates`).
 *
 * @internal
 */
export const PLACE_TAG = 0x4c50n;
/** The number of a place takes so many bits of its key. */
const PLACE_BITS = 10n;
/**
 * So many places a fleet may have.
 *
 * @internal
 */
export const MOST_PLACES = 1_000;

/**
 * The advisory lock keys of an election.
 *
 * A name maps to the tag and the first 48 bits of the SHA-256 of its UTF-8 bytes: with a thousand elections in one
 * database, two share a key with a probability of 2 in a thousand million.
 *
 * @param lockKey a signed 64-bit key that replaces the name's, to contend with electors written elsewhere
 * @internal
 */
export function electionKeys(name: string, lockKey?: bigint): ElectionKeys {
  const digest = digest48(lockKey === undefined ? name : `lockKey ${lockKey}`);
  return { lock: lockKey ?? tagged(LOCK_TAG, digest), heir: tagged(HEIR_TAG, digest) };
}

/**
 * A key that no election has and nobody else tries.
 *
 * @internal
 */
export function trialKey(): bigint {
  return tagged(TRIAL_TAG, digest48(randomUUID()));
}

/**
 * A key that no other session holds. Sessions of instances with one name have its upper half in common, by which they find
 * each other: the tag, and 16 bits that are made of the name. The rest is random.
 *
 * @internal
 */
export function sessionToken(instanceId: string): bigint {
  const [ofName, random] = [digest48(instanceId) >> 32n, digest48(randomUUID()) & 0xffff_ffffn];
  return tagged(SESSION_TAG, (ofName << 32n) | random);
}

/**
 * The keys of a fleet's places: the tag, 38 bits that are made of the elections, and the number of the place from 0.
 *
 * Made of all elections in which the instance is a candidate. So whoever competes for a place can lead the same elections: no
 * election is without a candidate because instances that can't lead it have taken all places. Where a deployment adds an
 * election, its instances have places of their own from the start.
 *
 * @param locks of the elections in which the instance is a candidate, in any order
 * @internal
 */
export function placeKeys(locks: readonly bigint[], count: number): bigint[] {
  const elections = locks.map(String).sort().join();
  const fleet = (digest48(`places ${elections}`) >> PLACE_BITS) << PLACE_BITS;
  return Array.from({ length: count }, (_, number) => tagged(PLACE_TAG, fleet | BigInt(number)));
}

/**
 * Of which fleet a place is, and which of its places, from 0; undefined for another key.
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
 * As `pg_locks` shows a key of 64 bits.
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
 * The election's lock that belongs to an heir's, where that was made from a name.
 *
 * @internal
 */
export function keyOfHeir(heir: bigint): bigint {
  return tagged(LOCK_TAG, BigInt.asUintN(48, heir));
}
