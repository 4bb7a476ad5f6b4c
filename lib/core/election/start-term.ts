import type { Announcement } from '../model/announcement.js';
import type { ElectionSetup } from '../model/election-setup.js';
import type { Session } from '../session/session.js';
import { runTransaction } from '../session/transaction.js';
import { isUninterrupted, type Resignation } from './holder-watch.js';
import { mayLeadFrom } from './takeover-rule.js';
import { Term, TermLeadership } from './term.js';

/** What is known of the previous leader. */
interface Before {
  /** When the last leader was seen alive. */
  readonly seenAt: () => Date | undefined;
  /** Where it was seen to give the lock back, as far as is known by now. */
  readonly resignation: () => Resignation | undefined;
}

/**
 * From holding the lock to a term, without waiting any longer when `stop` aborts; undefined when the session ended on the way.
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
    // Instances that saw an earlier leader resign must learn that this one acquired the lock. Where that could not be announced,
    // it waits until nobody counts on that resignation any more.
    const resignation = announced ? before.resignation() : undefined;
    const isWitness =
      wait() > 0 &&
      resignation !== undefined &&
      acquiredAt - resignation.after < timings.renewDeadline &&
      (await isUninterrupted(resignation, session));
    if (!isWitness) await awaitTakeover(setup, session, wait(), stop);
    // The last answer may be so old, or have come so late, that it no longer confirms anything.
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

/** Milliseconds until nobody else can believe that it leads. */
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
    `Holding the lock of "${name}"; leading in ${Math.ceil(milliseconds)} ms, when no predecessor can still trust itself`,
  );
  await session.sleep(milliseconds, stop);
}
