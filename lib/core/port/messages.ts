import type { Announcement } from '../model/announcement.js';
import type { InstanceReport } from '../model/instance-report.js';

/** A backend that has sent a message and is still alive. */
export interface Sender {
  readonly pid: number;
  /** The age of its session, in milliseconds; undefined if this role is not allowed to see that. */
  readonly age: number | undefined;
  /** Whether its role is the role of this session, a member of it, or a superuser. */
  readonly trusted: boolean;
}

/**
 * Messages to all instances. Everything works without them, only slower.
 *
 * @internal
 */
export interface Messages {
  /** Sends announcements, if the server accepts them. */
  announce(announcements: readonly Announcement[]): Promise<void>;
  /** Sets the listener. `sender` is the PID of the sending backend, which the server guarantees. */
  onAnnouncement(listener: (announcement: Announcement, sender: number) => void): void;
  /** Sends an instance report, on the channel to which only the command line listens. */
  sendReport(report: InstanceReport): Promise<void>;
  /** Looks up backends by PID. Returns the ones that are still alive. */
  senders(pids: readonly number[]): Promise<Sender[]>;
}
