import type { InstanceReport, ElectionReport } from '../core/model/instance-report.js';
import { instanceOf } from '../core/postgres/application-name.js';
import type { HeldLock, Inspector, SeenSession } from '../core/postgres/inspector.js';
import { electionKeys, isHeirKey, keyOfHeir } from '../core/postgres/lock-key.js';
import { collectReports } from './instance-reports.js';

/**
 * What an instance is in an election, by the locks that it holds. A holder has the lock and does not lead: it is about to
 * start its term, or still stops its duties.
 */
export type MemberRole = 'leader' | 'holder' | 'heir' | 'standby' | 'observer';

/** An instance in an election. */
export interface Member {
  readonly role: MemberRole;
  /** Its process of the server. */
  readonly pid: number;
  readonly instanceId: string | undefined;
  /** What it reported of itself; undefined when it did not answer. */
  readonly answer: InstanceReport | undefined;
  readonly term: bigint | undefined;
  readonly since: Date | undefined;
  /** The last sign of life that the server or the instance knows of. */
  readonly lastSeen: Date | undefined;
}

/** An election, as it looks from outside. */
export interface ElectionView {
  readonly key: bigint;
  /** Undefined where nobody has told it: a key does not contain its name. */
  readonly name: string | undefined;
  readonly members: readonly Member[];
}

/** All elections of a database. */
export interface Fleet {
  readonly at: Date;
  readonly elections: readonly ElectionView[];
  /** Sessions of instances that did not answer: frozen, cut off, or just leaving. */
  readonly unanswered: readonly SeenSession[];
}

/** What was seen at one moment. */
interface Sight {
  readonly at: Date;
  readonly held: readonly HeldLock[];
  readonly sessions: readonly SeenSession[];
  readonly answers: ReadonlyMap<number, InstanceReport>;
}

export async function lookAt(inspector: Inspector): Promise<Fleet> {
  const answers = await collectReports(inspector);
  const told = [...answers.values()].flatMap(({ elections }) => elections.map(({ key }) => key));
  const held = await inspector.heldLocks([...new Set(told)]);
  return fleetOf({ at: new Date(), held, sessions: await inspector.sessions(), answers });
}

/**
 * Who holds which lock, the server knows; everything else is what instances say of themselves, and is believed only where
 * nothing depends on it.
 */
function fleetOf(sight: Sight): Fleet {
  const { answers, at, held, sessions } = sight;
  const claims = claimsByKey(answers);
  const holders = holdersByKey(held, claims);
  const keys = new Set([...claims.keys(), ...holders.keys()]);
  const elections = [...keys].map((key) =>
    electionOf(sight, key, claims.get(key) ?? new Map(), holders.get(key) ?? nobody()),
  );
  elections.sort(byName);
  return { at, elections, unanswered: sessions.filter(({ pid }) => !answers.has(pid)) };
}

/** What instances say that they are in an election, by process. */
type Claims = ReadonlyMap<number, ElectionReport>;

/** Who holds the two locks of an election, by process. */
interface Holders {
  readonly ofLock: Map<number, HeldLock>;
  readonly ofHeir: Map<number, HeldLock>;
}

const nobody = (): Holders => ({ ofLock: new Map(), ofHeir: new Map() });

function electionOf(sight: Sight, key: bigint, claims: Claims, holders: Holders): ElectionView {
  const { ofLock, ofHeir } = holders;
  const pids = new Set([...ofLock.keys(), ...ofHeir.keys(), ...claims.keys()]);
  const members = [...pids].map((pid) =>
    memberOf(sight, pid, claims.get(pid), {
      leads: ofLock.has(pid),
      inherits: ofHeir.has(pid),
      session: ofLock.get(pid) ?? ofHeir.get(pid),
    }),
  );
  members.sort(byRole);
  return { key, name: nameOf(key, members[0]?.pid, claims), members };
}

function holdersByKey(
  held: readonly HeldLock[],
  claims: ReadonlyMap<bigint, Claims>,
): Map<bigint, Holders> {
  const electionOfHeir = new Map<bigint, bigint>();
  for (const [key, said] of claims)
    for (const { name } of said.values()) electionOfHeir.set(heirOf(name, key), key);

  const holders = new Map<bigint, Holders>();
  for (const lock of held) {
    const isHeirs = isHeirKey(lock.key);
    const key = isHeirs ? (electionOfHeir.get(lock.key) ?? keyOfHeir(lock.key)) : lock.key;
    const ofElection = holders.get(key) ?? nobody();
    ofElection[isHeirs ? 'ofHeir' : 'ofLock'].set(lock.pid, lock);
    holders.set(key, ofElection);
  }
  return holders;
}

function memberOf(
  { answers, at, sessions }: Sight,
  pid: number,
  claim: ElectionReport | undefined,
  locks: { leads: boolean; inherits: boolean; session: SeenSession | undefined },
): Member {
  const session = locks.session ?? sessions.find((one) => one.pid === pid);
  const answer = answers.get(pid);
  const role = roleOf(locks, claim);
  return {
    role,
    pid,
    instanceId: answer?.instanceId ?? instanceOf(session?.applicationName),
    answer,
    term: role === 'leader' ? claim?.term : undefined,
    since: role === 'leader' ? claim?.since : undefined,
    lastSeen: latest(
      session?.silence === undefined ? undefined : new Date(at.getTime() - session.silence),
      answer?.lastHeartbeat,
    ),
  };
}

function roleOf(
  { leads, inherits }: { readonly leads: boolean; readonly inherits: boolean },
  claim: ElectionReport | undefined,
): MemberRole {
  if (leads) return claim && claim.role !== 'leader' ? 'holder' : 'leader';
  if (inherits) return 'heir';
  return claim?.role === 'observer' ? 'observer' : 'standby';
}

function claimsByKey(answers: Sight['answers']): Map<bigint, Claims> {
  const claims = new Map<bigint, Map<number, ElectionReport>>();
  for (const [pid, { elections }] of answers) {
    for (const claim of elections) {
      if (claim.role === 'stopped') continue;
      const said = claims.get(claim.key) ?? new Map<number, ElectionReport>();
      claims.set(claim.key, said.set(pid, claim));
    }
  }
  return claims;
}

function heirOf(name: string, key: bigint): bigint {
  const usual = electionKeys(name);
  return usual.lock === key ? usual.heir : electionKeys(name, key).heir;
}

/** A name that makes the key is the right one, whoever says it; with a given key, the one that the leader says. */
function nameOf(key: bigint, first: number | undefined, said: Claims): string | undefined {
  const names = [...said.values()].map(({ name }) => name);
  const proven = names.find((name) => electionKeys(name).lock === key);
  const leaders = first === undefined ? undefined : said.get(first)?.name;
  return proven ?? leaders ?? names[0];
}

const ROLES: readonly MemberRole[] = ['leader', 'holder', 'heir', 'standby', 'observer'];

/** The strongest role first. */
export function byRole(one: Member, other: Member): number {
  return (
    ROLES.indexOf(one.role) - ROLES.indexOf(other.role) ||
    compare(one.instanceId ?? '', other.instanceId ?? '') ||
    one.pid - other.pid
  );
}

/** Those without a name last. */
function byName(one: ElectionView, other: ElectionView): number {
  if (one.name !== undefined && other.name !== undefined) return compare(one.name, other.name);
  if (one.name === other.name) return one.key < other.key ? -1 : 1;
  return one.name === undefined ? 1 : -1;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function latest(...dates: readonly (Date | undefined)[]): Date | undefined {
  const known = dates.filter((date) => date !== undefined).map(Number);
  return known.length > 0 ? new Date(Math.max(...known)) : undefined;
}
