import { partitionSetsAmong, type PartitionSet } from '../core/partitions.js';
import { byRole, type ElectionView, type Member } from './fleet.js';

/** Sets of up to this many partitions are shown as single elections. */
const FEW = 3;

/** An instance in a set of partitions, with its strongest role. */
export interface PartitionsMember extends Member {
  /** The number of partitions in which it has this role. */
  readonly count: number;
}

/** A set of partitions, seen from outside. */
export interface PartitionsView {
  readonly set: PartitionSet;
  readonly members: readonly PartitionsMember[];
  /** The number of partitions without a leader. */
  readonly withoutLeader: number;
}

/** Replaces the elections of each large partition set with one view, at the position of the first. */
export function withPartitionsJoined(
  elections: readonly ElectionView[],
): readonly (ElectionView | PartitionsView)[] {
  const names = elections.flatMap(({ name }) => name ?? []);
  const joined = new Map<ElectionView, PartitionsView>();
  for (const set of partitionSetsAmong(names)) {
    const partitions = new Set(set);
    const ofSet = elections.filter(({ name }) => name !== undefined && partitions.has(name));
    // Two elections may have the same name, with different lock keys.
    if (set.count <= FEW || ofSet.length !== set.count) continue;
    const view = join(set, ofSet);
    for (const election of ofSet) joined.set(election, view);
  }
  return [...new Set(elections.map((election) => joined.get(election) ?? election))];
}

function join(set: PartitionSet, elections: readonly ElectionView[]): PartitionsView {
  const all = elections.flatMap(({ members }) => members);
  const members = [...new Set(all.map(({ pid }) => pid))].map((pid) => {
    const roles = all.filter((member) => member.pid === pid).sort(byRole);
    const strongest = roles[0] as Member;
    return { ...strongest, count: roles.filter(({ role }) => role === strongest.role).length };
  });
  members.sort(byRole);
  const withoutLeader = elections.filter(
    (election) => !election.members.some(({ role }) => role === 'leader' || role === 'holder'),
  ).length;
  return { set, members, withoutLeader };
}
