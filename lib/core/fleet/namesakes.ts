import { hostname } from 'node:os';
import { inBackground } from '../common/background.js';
import type { ElectionLogger } from '../common/logger.js';
import type { Announcement } from '../model/announcement.js';
import type { Session } from '../session/session.js';
import type { Random } from '../time/jitter.js';
import { Throttle } from '../time/throttle.js';

/** The longest random delay of an introduction, and the shortest time between two, in milliseconds. */
const INTRODUCE_WITHIN = 100;
const INTRODUCE_EVERY = 500;
/** The most namesakes that are tracked on one connection. */
const MOST_NAMESAKES = 16;

/** A message of another process with the same instanceId. */
type Introduction = Extract<Announcement, { type: 'same-name' }>;

/**
 * Finds running processes with the same instanceId and warns about them: a message to one of them reaches all.
 *
 * A new instance learns from the server that there may be a namesake, and introduces itself; a running namesake answers
 * with its own introduction. So a dead session that the server still lists does not count. A process that is being
 * replaced does not count either: both must still be connected after `leaseDuration`, when the server would have ended
 * a silent session.
 *
 * @internal
 */
export class Namesakes {
  readonly #session: Session;
  readonly #logger: ElectionLogger;
  readonly #introduction: Throttle;
  /** The PIDs of the backends whose sessions have introduced themselves. */
  readonly #heard = new Set<number>();

  constructor(
    session: Session,
    {
      instanceId,
      random,
      logger,
    }: {
      readonly instanceId: string;
      readonly random: Random;
      readonly logger: ElectionLogger;
    },
  ) {
    this.#session = session;
    this.#logger = logger;
    const { clock, connection } = session;
    const place = { host: hostname(), process: process.pid };
    const introduction: Announcement = { type: 'same-name', instanceId, ...place };
    const pace = { clock, random, within: INTRODUCE_WITHIN, every: INTRODUCE_EVERY };
    this.#introduction = new Throttle(pace, () => session.run((c) => c.announce([introduction])));
    session.onEnd(() => {
      this.#introduction.cancel();
    });
    if (connection.hasNamesake && !session.ended) this.#introduction.ask();
  }

  /** Handles an introduction. `pid` is the PID of the backend that sent it. */
  onIntroduction(introduction: Introduction, pid: number): void {
    const { clock, connection, ended, timings } = this.#session;
    if (ended || pid === connection.identity.pid || this.#heard.has(pid)) return;
    if (this.#heard.size >= MOST_NAMESAKES) return;
    this.#heard.add(pid);
    this.#introduction.ask();
    const cancel = clock.after(timings.leaseDuration, () => {
      inBackground('Checking for a duplicate instanceId', this.#logger, () =>
        this.#warnIfThere(introduction, pid),
      );
    });
    this.#session.onEnd(cancel);
  }

  /** Any client can send an introduction, so it counts only if its role could terminate this session. */
  async #warnIfThere({ host, instanceId, process }: Introduction, pid: number): Promise<void> {
    const senders = await this.#session
      .run((connection) => connection.senders([pid]))
      .catch(() => []); // The session is over.
    const { leaseDuration } = this.#session.timings;
    // The PID may have been reused in the meantime.
    const isThere = senders.some(
      ({ age = Infinity, trusted }) => trusted && age >= leaseDuration / 2,
    );
    if (!isThere) return;
    const inLine = (text: string) => JSON.stringify(text).slice(1, -1);
    this.#logger.warn(
      `Another process uses the same instanceId, "${inLine(instanceId)}": process ${process} on ${inLine(host)} ` +
        `(server process ${pid}). Set a unique \`instanceId\` for each instance, or omit the option`,
    );
  }
}
