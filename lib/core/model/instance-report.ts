/**
 * The role of an instance in an election. An instance that holds the lock but does not lead yet keeps its previous
 * role.
 * - `leader`: it leads, with a confirmed or an unconfirmed lease
 * - `heir`: the one standby that polls fast and leads next
 * - `standby`: any other candidate
 * - `reserve`: a candidate without a place and a connection, which checks in periodically (`maxCandidates`)
 * - `observer`: it never leads (`candidate: false`)
 * - `stopped`: it does not take part yet, or no longer
 */
export type Role = 'leader' | 'heir' | 'standby' | 'reserve' | 'observer' | 'stopped';

/** The leader of an election, as far as this instance knows. In JSON, the term is a string. */
export interface LeaderInfo {
  /** The `instanceId` of the leader. */
  readonly instanceId: string;
  /** The fencing token of the leader's term. */
  readonly term?: bigint;
  /** When the term began, by the leader's clock. */
  readonly since?: Date;
  /** Where to reach the leader (its option `address`). */
  readonly address?: string;
}

/** What an instance tells others about itself. */
export interface InstanceInfo {
  readonly instanceId: string;
  /** The version of this package. */
  readonly version: string;
  readonly address?: string;
}

/**
 * Optional details that an instance announces besides its ID. Each is an option of the same name, and is read, sent,
 * and shown by `status` and in the responses of a standby. To add one, declare it here, in {@link LeaderInfo} and
 * {@link InstanceInfo}, and as an option in `options.ts`.
 *
 * @internal
 */
export const INSTANCE_DETAILS = ['address'] as const satisfies readonly (keyof LeaderInfo &
  keyof InstanceInfo)[];

/** @internal */
export type InstanceDetails = { readonly [Name in (typeof INSTANCE_DETAILS)[number]]?: string };

/** Picks the details that are set in an object. @internal */
export function detailsOf(given: {
  readonly [Name in keyof InstanceDetails]: string | undefined;
}): InstanceDetails {
  return Object.fromEntries(
    INSTANCE_DETAILS.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  );
}

/** The state of one election of an instance. */
export interface ElectionReport {
  readonly name: string;
  readonly key: bigint;
  readonly role: Role;
  /** Only set by a leader. */
  readonly term?: bigint;
  /** When the term began, by the leader's clock. */
  readonly since?: Date;
}

/**
 * An instance's answer to a roll call. A hint, like every announcement: only the server knows who holds a lock.
 *
 * @internal
 */
export interface InstanceReport extends InstanceInfo {
  readonly startedAt: Date;
  readonly lastHeartbeat?: Date;
  /** The option `maxCandidates`, if set. */
  readonly maxCandidates?: number;
  readonly elections: readonly ElectionReport[];
}
