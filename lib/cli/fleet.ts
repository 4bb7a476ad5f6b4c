import type { InstanceReport, ElectionReport } from '../core/model/instance-report.js';
import { instanceOf } from '../core/postgres/application-name.js';
import type { HeldLock, Inspector, SeenSession } from '../core/postgres/inspector.js';
import { electionKeys, isHeirKey, keyOfHeir, placeOf } from '../core/postgres/lock-key.js';
import { collectReports } from './instance-reports.js';

/**
 * The role of an instance in an election, by the locks that it holds. A `holder` has the lock but does not lead: it is
 * about to start its term, or is still stopping its duties.
 */
export type MemberRole = 'leader' | 'holder' | 'heir' | 'standby' | 'reserve' | 'observer';

/** An instance in an election. */
export interface Member {
  readonly role: MemberRole;
  /** The server process of its session. */
  readonly pid: number;
  readonly instanceId: string | undefined;
  /** Its report; undefined if it did not answer. */
  readonly answer: InstanceReport | undefined;
  readonly term: bigint | undefined;
  readonly since: Date | undefined;
  /** Its last activity, according to the server or its own report. */
  readonly lastSeen: Date | undefined;
}

/** An election, seen from outside. */
export interface ElectionView {
  readonly key: bigint;
  /** Undefined if no instance reported it: it can't be computed from the key. */
  readonly name: string | undefined;
  readonly members: readonly Member[];
}

/** An instance that has a place, and so keeps its session. */
export interface TakenPlace {
  /** From 1. */
  readonly place: number;
  readonly pid: number;
  readonly instanceId: string | undefined;
}

/** The places of one fleet that are taken. Instances in reserve have no session, so they are not listed. */
export interface PlacesView {
  /** The names of the elections that the instances with a place reported. */
  readonly elections: readonly string[];
  /** How many places there are; undefined if no instance reported it. */
  readonly maxCandidates: number | undefined;
  readonly taken: readonly TakenPlace[];
}

/** All elections in a database. */
export interface Fleet {
  readonly at: Date;
  readonly elections: readonly ElectionView[];
  /** One for each fleet that limits its sessions (option `maxCandidates`). */
  readonly places: readonly PlacesView[];
  /** Sessions of instances that did not answer: frozen, cut off, or shutting down. */
  readonly unanswered: readonly SeenSession[];
}

/** What was read from the server and from reports at one time. */
interface Sight {
  readonly at: Date;
  readonly held: readonly HeldLock[];
  readonly sessions: readonly SeenSession[];
  readonly answers: ReadonlyMap<number, InstanceReport>;
}

export async function lookAt(inspector: Inspector): Promise<Fleet> {
  const before = await inspector.sessions();
  const answers = await collectReports(inspector);
  const told = [...answers.values()].flatMap(({ elections }) => elections.map(({ key }) => key));
  const held = await inspector.heldLocks([...new Set(told)]);
  // A session that is newer was not asked: an instance in reserve that checks in, or one that starts.
  const asked = new Set(before.map(({ pid }) => pid));
  const sessions = (await inspector.sessions()).filter(
    ({ pid }) => asked.has(pid) || answers.has(pid),
  );
  return fleetOf({ at: new Date(), held, sessions, answers });
}

/** The server knows who holds which lock. Reports can come from anyone, so they only add details. */
function fleetOf(sight: Sight): Fleet {
  const { answers, at, sessions } = sight;
  const held = sight.held.filter(({ key }) => placeOf(key) === undefined);
  const claims = claimsByKey(answers);
  const holders = holdersByKey(held, claims);
  const keys = new Set([...claims.keys(), ...holders.keys()]);
  const elections = [...keys].map((key) =>
    electionOf(sight, key, claims.get(key) ?? new Map(), holders.get(key) ?? nobody()),
  );
  elections.sort(byName);
  return {
    at,
    elections,
    places: placesOf(sight),
    unanswered: sessions.filter(({ pid }) => !answers.has(pid)),
  };
}

function placesOf({ answers, held }: Sight): PlacesView[] {
  const fleets = new Map<
    bigint,
    (TakenPlace & { readonly answer: InstanceReport | undefined })[]
  >();
  for (const { key, pid, applicationName } of held) {
    const place = placeOf(key);
    if (!place) continue;
    const answer = answers.get(pid);
    const instanceId = answer?.instanceId ?? instanceOf(applicationName);
    const taken = fleets.get(place.fleet) ?? [];
    fleets.set(place.fleet, [...taken, { place: place.number + 1, pid, instanceId, answer }]);
  }
  const views = [...fleets.values()].map((all) => {
    const told = all.flatMap(({ answer }) => answer ?? []);
    const names = told.flatMap(({ elections }) =>
      elections.flatMap(({ name, role }) => (role === 'observer' ? [] : name)),
    );
    const numbers = told.flatMap(({ maxCandidates }) => maxCandidates ?? []);
    return {
      elections: [...new Set(names)].sort(compare),
      // During a deployment that changes it there are several; the greatest applies.
      maxCandidates: numbers.length > 0 ? Math.max(...numbers) : undefined,
      taken: all.map(({ place, pid, instanceId }) => ({ place, pid, instanceId })),
    };
  });
  return views.sort((one, other) => compare(one.elections.join(), other.elections.join()));
}

/** What instances report about an election, by server process. */
type Claims = ReadonlyMap<number, ElectionReport>;

/** The holders of the two locks of an election, by server process. */
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
  return claim?.role === 'observer' || claim?.role === 'reserve' ? claim.role : 'standby';
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

/** The name that the key is computed from, whoever reports it; for an explicit key, the name that the leader reports. */
function nameOf(key: bigint, first: number | undefined, said: Claims): string | undefined {
  const names = [...said.values()].map(({ name }) => name);
  const proven = names.find((name) => electionKeys(name).lock === key);
  const leaders = first === undefined ? undefined : said.get(first)?.name;
  return proven ?? leaders ?? names[0];
}

const ROLES: readonly MemberRole[] = ['leader', 'holder', 'heir', 'standby', 'reserve', 'observer'];

/** The strongest role first. */
export function byRole(one: Member, other: Member): number {
  return (
    ROLES.indexOf(one.role) - ROLES.indexOf(other.role) ||
    compare(one.instanceId ?? '', other.instanceId ?? '') ||
    one.pid - other.pid
  );
}

/** Elections without a name come last. */
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
