import type { Announcement } from './announcement.js';
import type { ElectionSetup } from './election-setup.js';
import { Term } from './leadership.js';
import type { Predecessor } from './predecessor.js';
import type { ResignationWatch } from './resignation.js';
import type { Session } from './session.js';
import { mayLeadFrom } from './takeover.js';
import { runTransaction } from './transaction.js';
import { waitFor } from './wait-for.js';

/** What is known of whoever led before. */
interface Before {
  readonly predecessor: Predecessor;
  /** Where resignations are watched for. */
  readonly watch: ResignationWatch | undefined;
}

/**
 * From holding the lock to a term; undefined when the session ended on the way, or `stop` aborted.
 *
 * @internal
 */
export async function takeOffice(
  setup: ElectionSetup,
  session: Session,
  { predecessor, watch }: Before,
  stop: AbortSignal,
): Promise<Term | undefined> {
  const { clock, keys, name, self } = setup;
  const acquiredAt = clock.now().monotonic;
  const sawResignation = watch?.resigned ?? false;
  const { lock } = keys;
  const { takeover } = setup;
  const announcement: Announcement = {
    type: 'acquired',
    key: lock,
    instanceId: self.instanceId,
    takeover,
  };
  try {
    const number =
      (await session.run((connection) => connection.drawTermAndAnnounce(lock, announcement))) ??
      (await session.run((connection) => connection.drawTerm(lock)));
    await awaitTakeover(setup, { session, acquiredAt, sawResignation }, stop);
    // The last answer may be so old, or have come so late, that it no longer confirms anything.
    while (!session.isConfirmed) await session.run((connection) => connection.heartbeat());
    if (stop.aborted) return undefined;
    return new Term(
      name,
      number,
      new Date(clock.now().wall),
      (term, work) => runTransaction(session, term, work),
      predecessor.seenAt,
    );
  } catch {
    return undefined;
  }
}

/** Waits until nobody else can believe that it leads. */
async function awaitTakeover(
  { clock, logger, name, takeover, timings }: ElectionSetup,
  acquired: { session: Session; acquiredAt: number; sawResignation: boolean },
  stop: AbortSignal,
): Promise<void> {
  const { session, acquiredAt, sawResignation } = acquired;
  const { connection, predecessorLostAt } = session;
  const from = mayLeadFrom({
    takeover,
    renewDeadline: timings.renewDeadline,
    server: connection.server,
    connectedAt: session.openedAt,
    lostAt: predecessorLostAt,
    acquiredAt,
    sawResignation,
  });
  const milliseconds = from - clock.now().monotonic;
  if (milliseconds <= 0) return;
  logger.log(
    `Holding the lock of "${name}"; leading in ${Math.ceil(milliseconds)} ms, when no predecessor can still trust itself`,
  );
  await waitFor<unknown>(stop, (tell) => {
    const cancel = clock.after(milliseconds, () => {
      tell(undefined);
    });
    const offEnd = session.onEnd(tell);
    return () => {
      cancel();
      offEnd();
    };
  });
}
