import { partitionSetsAmong, type PartitionSet } from '../core/partitions.js';
import { byRole, type ElectionView, type Member } from './fleet.js';

/** Up to so many partitions are shown as the elections that they are. */
const FEW = 3;

/** An instance in a set of partitions, in the strongest role that it has in any of them. */
export interface PartitionsMember extends Member {
  /** In how many it has that role. */
  readonly count: number;
}

/** A set of partitions, as it looks from outside. */
export interface PartitionsView {
  readonly set: PartitionSet;
  readonly members: readonly PartitionsMember[];
  /** How many have no leader. */
  readonly withoutLeader: number;
}

/** Elections, those that are many partitions of one set as one, in the place of the first of them. */
export function withPartitionsJoined(
  elections: readonly ElectionView[],
): readonly (ElectionView | PartitionsView)[] {
  const names = elections.flatMap(({ name }) => name ?? []);
  const joined = new Map<ElectionView, PartitionsView>();
  for (const set of partitionSetsAmong(names)) {
    const partitions = new Set(set);
    const ofSet = elections.filter(({ name }) => name !== undefined && partitions.has(name));
    // Two elections may have one name, where they have keys of their own.
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
