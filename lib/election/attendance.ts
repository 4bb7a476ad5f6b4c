import type { Role } from './election.js';

/** An instance, as it introduces itself. */
export interface InstanceInfo {
  readonly instanceId: string;
  /** Of this package. */
  readonly version: string;
  readonly address?: string;
}

/** What an instance is in one of its elections. */
export interface ElectionAttendance {
  readonly name: string;
  readonly key: bigint;
  readonly role: Role;
  /** Given by a leader alone. */
  readonly term?: bigint;
  /** When its term began, by its own clock. */
  readonly since?: Date;
}

/**
 * What an instance answers to a roll call. A hint, like every announcement: who holds which lock, only the server knows.
 *
 * @internal
 */
export interface Attendance extends InstanceInfo {
  readonly startedAt: Date;
  readonly lastHeartbeat?: Date;
  readonly elections: readonly ElectionAttendance[];
}
