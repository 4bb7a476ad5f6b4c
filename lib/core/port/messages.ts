import type { Announcement } from '../model/announcement.js';
import type { InstanceReport } from '../model/instance-report.js';

/** A process of the server that has sent a message, and still lives. */
export interface Sender {
  readonly pid: number;
  /** For how many milliseconds its session has lived; undefined where this role may not see that. */
  readonly age: number | undefined;
  /** Whether its role is this session's own, a member of it, or a superuser. */
  readonly trusted: boolean;
}

/**
 * Messages to all instances. Everything works without them, only slower.
 *
 * @internal
 */
export interface Messages {
  /** Makes announcements, if they can be made. */
  announce(announcements: readonly Announcement[]): Promise<void>;
  /** `sender` is the process of the server that sent it; the server itself says so. */
  onAnnouncement(listener: (announcement: Announcement, sender: number) => void): void;
  /** Says who this instance is, where only those listen who ask. */
  sendReport(report: InstanceReport): Promise<void>;
  /** What the server knows of those of the processes that still live. */
  senders(pids: readonly number[]): Promise<Sender[]>;
}
