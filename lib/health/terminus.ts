/**
 * Health for Terminus.
 *
 * @module nestjs-leader-election/terminus
 */
import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { RegistryLookup } from '../binding/registry-lookup.js';
import type { PartitionSet } from '../core/partitions.js';
import type { ElectionStatus } from '../leader-election.service.js';

/** Terminus before version 12 supports only up and down. */
const KNOWS_DEGRADED = 'degraded' in new HealthIndicatorService().check('specimen');

/** Options of {@link LeaderElectionHealthIndicator.isHealthy}. */
export interface LeaderElectionHealthOptions {
  /**
   * The name of the election to check.
   * @default the default election
   */
  readonly election?: string | undefined;
  /** A set of partitions to check instead. The result has the number of partitions that this instance leads. */
  readonly partitions?: PartitionSet | undefined;
}

/** The worst first. */
const STATUSES = ['down', 'degraded', 'up'] as const;

interface Verdict {
  readonly status: (typeof STATUSES)[number];
  readonly message?: string;
}

/**
 * Tells Terminus whether this instance can take part in an election. Add it to the providers of the module that has the
 * health controller.
 *
 * - Up: connected, or in reserve (`maxCandidates`). A standby is as healthy as a leader.
 * - Degraded: disconnected for no longer than `leaseDuration` (an observer: for any time).
 * - Down: a candidate disconnected for longer than `leaseDuration`, or a leader that can't confirm its lease.
 *
 * @example
 * ```ts
 * this.health.check([() => this.leaderElection.isHealthy('leader-election')])
 * ```
 */
@Injectable()
export class LeaderElectionHealthIndicator {
  readonly #lookup: RegistryLookup;

  /** @throws LeaderOnlyUsageError if `LeaderElectionModule` is missing */
  constructor(@Inject(ModuleRef) module: ModuleRef) {
    this.#lookup = new RegistryLookup(module, () => 'LeaderElectionHealthIndicator');
  }

  /**
   * @param key the name of the result
   * @throws UnknownElectionError if the election or the set is not declared
   */
  isHealthy<Key extends string>(
    key: Key,
    { election, partitions }: LeaderElectionHealthOptions = {},
  ): HealthIndicatorResult<Key> {
    const elections = this.#lookup.registry; // Not called before the start.
    const usage = `isHealthy('${key}')`;
    const asked = partitions
      ? elections.allOf(partitions, usage)
      : [elections.get(election, usage)];
    const all = asked.map(({ service }) => service.status()) as [ElectionStatus];
    const verdict = worst(all.map((status) => judge(status, elections.leaseDuration)));
    const { status: result } = verdict;
    return {
      [key]: {
        ...verdict,
        status: result === 'degraded' && !KNOWS_DEGRADED ? 'up' : result,
        ...(partitions ? detailsOfPartitions(partitions, all) : details(all[0])),
      },
    } as unknown as HealthIndicatorResult<Key>;
  }
}

function judge(
  { role, isLeader, disconnectedSince, lastError }: ElectionStatus,
  leaseDuration: number,
): Verdict {
  if (disconnectedSince) {
    const seconds = Math.round((Date.now() - disconnectedSince.getTime()) / 1_000);
    const message = `No connection to the database for ${seconds} s${lastError ? `: ${lastError.error.message}` : ''}`;
    const isTooLong = Date.now() - disconnectedSince.getTime() > leaseDuration;
    return { status: isTooLong && role !== 'observer' ? 'down' : 'degraded', message };
  }
  if (role === 'leader' && !isLeader)
    return { status: 'down', message: "This instance leads, but can't confirm its lease" };
  return { status: 'up' };
}

function worst(verdicts: readonly Verdict[]): Verdict {
  const found = STATUSES.flatMap((status) => verdicts.find((one) => one.status === status) ?? []);
  return found[0] ?? { status: 'up' };
}

function detailsOfPartitions({ name, count }: PartitionSet, all: readonly [ElectionStatus]) {
  const { millisecondsSinceHeartbeat } = details(all[0]);
  const owned = all.filter(({ isLeader }) => isLeader).length;
  return { partitions: name, count, owned, millisecondsSinceHeartbeat };
}

/** Terms as strings, since JSON has no bigint. */
function details({ election, role, term, leader, lastHeartbeat }: ElectionStatus) {
  return {
    election,
    role,
    term: term === undefined ? undefined : String(term),
    leader: leader?.instanceId,
    millisecondsSinceHeartbeat: lastHeartbeat && Date.now() - lastHeartbeat.getTime(),
  };
}
