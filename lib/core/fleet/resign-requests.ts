import type { ElectionLogger } from '../common/logger.js';
import type { Announcement } from '../model/announcement.js';
import type { Sender } from '../port/messages.js';
import type { Session } from '../session/session.js';
import type { Random } from '../time/jitter.js';
import { Throttle } from '../time/throttle.js';

/** Somebody asks a leader to step down. */
export type ResignRequest = Extract<Announcement, { type: 'resign-request' }>;

/** The roles of those who ask are looked up at the most every so many milliseconds. */
const LOOK_UP_EVERY = 250;
/** So many requests are kept until then. */
const MOST_REQUESTS = 256;

interface ReceivedRequest {
  readonly pid: number;
  readonly request: ResignRequest;
}

/**
 * Lets only those requests to step down through that come from a role which could end our session anyway: our own, a member
 * of it, or a superuser. The server names the process that sent a request, and the role of that process.
 *
 * @internal
 */
export class ResignRequests {
  readonly #session: Session;
  readonly #logger: ElectionLogger;
  readonly #accept: (request: ResignRequest) => void;
  readonly #lookUp: Throttle;
  readonly #received = new Map<string, ReceivedRequest>();
  #saidIgnored = false;

  constructor(
    session: Session,
    {
      random,
      logger,
      accept,
    }: {
      readonly random: Random;
      readonly logger: ElectionLogger;
      readonly accept: (request: ResignRequest) => void;
    },
  ) {
    this.#session = session;
    this.#logger = logger;
    this.#accept = accept;
    const { clock } = session;
    this.#lookUp = new Throttle({ clock, random, within: 0, every: LOOK_UP_EVERY }, () =>
      this.#ask(),
    );
    session.onEnd(() => {
      this.#lookUp.cancel();
    });
  }

  /** A process of the server has sent a request. */
  onRequest(request: ResignRequest, pid: number): void {
    if (this.#session.ended) return;
    // One for each process and election, so that none who sends many can crowd out another.
    const which = `${pid} ${request.key}`;
    if (this.#received.size >= MOST_REQUESTS && !this.#received.has(which)) return;
    this.#received.set(which, { pid, request });
    this.#lookUp.ask();
  }

  async #ask(): Promise<void> {
    if (this.#received.size === 0) return; // An earlier look-up has served those that came since.
    let requests: readonly ReceivedRequest[] = [];
    const senders = await this.#session.run((connection) => {
      requests = [...this.#received.values()];
      this.#received.clear();
      return connection.senders([...new Set(requests.map(({ pid }) => pid))]);
    });
    this.#decide(requests, senders);
  }

  #decide(requests: readonly ReceivedRequest[], senders: readonly Sender[]): void {
    const trusted = new Set(senders.filter((sender) => sender.trusted).map(({ pid }) => pid));
    for (const { pid, request } of requests) {
      if (trusted.has(pid)) this.#accept(request);
      else this.#sayIgnored(pid);
    }
  }

  /** Once for a connection: one process may send many. */
  #sayIgnored(pid: number): void {
    if (this.#saidIgnored) return;
    this.#saidIgnored = true;
    this.#logger.warn(
      `Ignored a request to resign from process ${pid} of the server: its role is not the role of this instance, a member ` +
        'of it, or a superuser. Further ones are ignored without a message',
    );
  }
}
