/**
 * What an instance is in an election. An instance that holds the lock but does not lead yet is still what it was.
 * - `leader`: it leads, or would if its lease were confirmed at the moment
 * - `heir`: the one candidate that polls fast, and so is the next to lead
 * - `standby`: a candidate like any other
 * - `reserve`: a candidate without a place and so without a connection, which looks in now and then (`maxCandidates`)
 * - `observer`: it never leads (`candidate: false`)
 * - `stopped`: it does not take part yet, or any more
 */
export type Role = 'leader' | 'heir' | 'standby' | 'reserve' | 'observer' | 'stopped';

/** Who leads an election, as far as this instance knows. As JSON, the term is a string. */
export interface LeaderInfo {
  /** The leader's name among the instances (option `instanceId`). */
  readonly instanceId: string;
  /** The fencing token of the leader's term. */
  readonly term?: bigint;
  /** When its term began, by the leader's clock. */
  readonly since?: Date;
  /** What the leader gives as its own address (option `address`), so that others can send requests there. */
  readonly address?: string;
}

/** An instance, as it introduces itself. */
export interface InstanceInfo {
  readonly instanceId: string;
  /** Of this package. */
  readonly version: string;
  readonly address?: string;
}

/**
 * What an instance may say about itself beside its name. To add one, declare it here, in {@link LeaderInfo} and
 * {@link InstanceInfo}, and as an option in `options.ts`. Each is an option of that name; from here it is read, sent, and shown
 * by `status` and in the answers of a standby.
 *
 * @internal
 */
export const INSTANCE_DETAILS = ['address'] as const satisfies readonly (keyof LeaderInfo &
  keyof InstanceInfo)[];

/** @internal */
export type InstanceDetails = { readonly [Name in (typeof INSTANCE_DETAILS)[number]]?: string };

/** What is given of the details in something that has more. @internal */
export function detailsOf(given: {
  readonly [Name in keyof InstanceDetails]: string | undefined;
}): InstanceDetails {
  return Object.fromEntries(
    INSTANCE_DETAILS.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  );
}

/** What an instance is in one of its elections. */
export interface ElectionReport {
  readonly name: string;
  readonly key: bigint;
  readonly role: Role;
  /** Given by a leader alone. */
  readonly term?: bigint;
  /** When its term began, by its own clock. */
  readonly since?: Date;
}

/**
 * What an instance reports of itself when somebody asks. A hint, like every announcement: who holds which lock, only the server knows.
 *
 * @internal
 */
export interface InstanceReport extends InstanceInfo {
  readonly startedAt: Date;
  readonly lastHeartbeat?: Date;
  /** How many instances of its fleet keep a session at the most, where that is limited. */
  readonly maxCandidates?: number;
  readonly elections: readonly ElectionReport[];
}
