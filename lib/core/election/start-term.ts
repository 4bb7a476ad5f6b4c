import type { Announcement } from '../model/announcement.js';
import type { ElectionSetup } from '../model/election-setup.js';
import type { Session } from '../session/session.js';
import { runTransaction } from '../session/transaction.js';
import { isUninterrupted, type Resignation } from './holder-watch.js';
import { mayLeadFrom } from './takeover-rule.js';
import { Term, TermLeadership } from './term.js';

/** What is known about the previous leader. */
interface Before {
  /** When the last leader was seen alive. */
  readonly seenAt: () => Date | undefined;
  /** Its resignation, if it has been seen so far. */
  readonly resignation: () => Resignation | undefined;
}

/**
 * Starts a term once the lock is held, after the takeover wait. Stops waiting when `stop` aborts. Returns undefined if
 * the session ends first.
 *
 * @internal
 */
export async function startTerm(
  setup: ElectionSetup,
  session: Session,
  before: Before,
  stop: AbortSignal,
): Promise<Term | undefined> {
  const { clock, keys, name, partition, self, takeover, timings } = setup;
  const acquiredAt = clock.now().monotonic;
  const { lock } = keys;
  const announcement: Announcement = {
    type: 'acquired',
    key: lock,
    instanceId: self.instanceId,
    token: session.connection.identity.token,
    takeover,
  };
  try {
    const { term: number, announced } = await session.shared.drawTerm(lock, announcement);
    const wait = () => timeToWait(setup, session, acquiredAt);
    // Instances that saw an earlier leader resign must learn that this instance acquired the lock. If that could not be
    // announced, this instance waits until no other instance relies on that resignation.
    const resignation = announced ? before.resignation() : undefined;
    const isWitness =
      wait() > 0 &&
      resignation !== undefined &&
      acquiredAt - resignation.after < timings.renewDeadline &&
      (await isUninterrupted(resignation, session));
    if (!isWitness) await awaitTakeover(setup, session, wait(), stop);
    // The last answer may be too old to confirm the lease.
    while (!session.isConfirmed) await session.run((connection) => connection.heartbeat());
    const leadership = new TermLeadership(
      name,
      number,
      new Date(clock.now().wall),
      (of, work) => runTransaction(session, of, work),
      before.seenAt(),
      partition,
    );
    return new Term(leadership, session, setup);
  } catch {
    return undefined;
  }
}

/** Milliseconds until no previous leader can still trust its lease. */
function timeToWait(
  { clock, takeover, timings }: ElectionSetup,
  { connection, openedAt, predecessorLostAt }: Session,
  acquiredAt: number,
): number {
  const from = mayLeadFrom({
    takeover,
    renewDeadline: timings.renewDeadline,
    server: connection.server,
    connectedAt: openedAt,
    lostAt: predecessorLostAt,
    acquiredAt,
  });
  return from - clock.now().monotonic;
}

async function awaitTakeover(
  { logger, name }: ElectionSetup,
  session: Session,
  milliseconds: number,
  stop: AbortSignal,
): Promise<void> {
  if (milliseconds <= 0) return;
  logger.log(
    `Acquired the lock of "${name}"; leading in ${Math.ceil(milliseconds)} ms, when no previous leader can still trust its lease`,
  );
  await session.sleep(milliseconds, stop);
}
