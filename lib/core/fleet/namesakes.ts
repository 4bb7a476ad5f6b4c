import { hostname } from 'node:os';
import { inBackground } from '../common/background.js';
import type { ElectionLogger } from '../common/logger.js';
import type { Announcement } from '../model/announcement.js';
import type { Session } from '../session/session.js';
import type { Random } from '../time/jitter.js';
import { Throttle } from '../time/throttle.js';

/** An instance introduces itself within so many milliseconds, and at the most every so many. */
const INTRODUCE_WITHIN = 100;
const INTRODUCE_EVERY = 500;
/** So many others of its name an instance tells apart on one connection. */
const MOST_NAMESAKES = 16;

/** Somebody with the name of this instance says where it runs. */
type Introduction = Extract<Announcement, { type: 'same-name' }>;

/**
 * Finds other living processes that have the name of this instance, and says so: what is meant for one reaches all of them.
 *
 * A newcomer learns from the server that there may be another, and introduces itself; one that is really there introduces
 * itself in turn. So a dead session that the server still has is none. A process that is being replaced is none either: both
 * have to be there when as much time has passed as the server leaves to a silent session.
 *
 * @internal
 */
export class Namesakes {
  readonly #session: Session;
  readonly #logger: ElectionLogger;
  readonly #introduction: Throttle;
  /** The processes of the server whose sessions have introduced themselves. */
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

  /** A process of the server has sent it. */
  onIntroduction(introduction: Introduction, pid: number): void {
    const { clock, connection, ended, timings } = this.#session;
    if (ended || pid === connection.identity.pid || this.#heard.has(pid)) return;
    if (this.#heard.size >= MOST_NAMESAKES) return;
    this.#heard.add(pid);
    this.#introduction.ask();
    const cancel = clock.after(timings.leaseDuration, () => {
      inBackground('Looking for instances of the same name', this.#logger, () =>
        this.#warnIfThere(introduction, pid),
      );
    });
    this.#session.onEnd(cancel);
  }

  /** Anybody may send an introduction, so only one whose role could end our session is believed. */
  async #warnIfThere({ host, instanceId, process }: Introduction, pid: number): Promise<void> {
    const senders = await this.#session
      .run((connection) => connection.senders([pid]))
      .catch(() => []); // The session is over.
    const { leaseDuration } = this.#session.timings;
    // The number of a process may have been given to another meanwhile.
    const isThere = senders.some(
      ({ age = Infinity, trusted }) => trusted && age >= leaseDuration / 2,
    );
    if (!isThere) return;
    const inLine = (text: string) => JSON.stringify(text).slice(1, -1);
    this.#logger.warn(
      `Another process has the instanceId of this one, "${inLine(instanceId)}": process ${process} on ${inLine(host)}, which is ` +
        `process ${pid} of the server. Give every instance its own (option \`instanceId\`), or leave the option out`,
    );
  }
}
