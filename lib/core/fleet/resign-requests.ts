import type { ElectionLogger } from '../common/logger.js';
import type { Announcement } from '../model/announcement.js';
import type { Sender } from '../port/messages.js';
import type { Session } from '../session/session.js';
import type { Random } from '../time/jitter.js';
import { Throttle } from '../time/throttle.js';

/** A request to a leader to step down. */
export type ResignRequest = Extract<Announcement, { type: 'resign-request' }>;

/** The shortest time between two lookups of the senders' roles, in milliseconds. */
const LOOK_UP_EVERY = 250;
/** The most requests that are kept until the next lookup. */
const MOST_REQUESTS = 256;

interface ReceivedRequest {
  readonly pid: number;
  readonly request: ResignRequest;
}

/**
 * Accepts a resign request only if its sender could terminate this session anyway: if its role is this session's own, a
 * member of it, or a superuser. The server names the backend that sent a request, and the role of that backend.
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

  /** Handles a request. `pid` is the PID of the backend that sent it. */
  onRequest(request: ResignRequest, pid: number): void {
    if (this.#session.ended) return;
    // One per backend and election, so that a sender of many requests can't crowd out others.
    const which = `${pid} ${request.key}`;
    if (this.#received.size >= MOST_REQUESTS && !this.#received.has(which)) return;
    this.#received.set(which, { pid, request });
    this.#lookUp.ask();
  }

  async #ask(): Promise<void> {
    if (this.#received.size === 0) return; // The previous lookup has already handled them.
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

  /** Logs once per connection: a sender may send many requests. */
  #sayIgnored(pid: number): void {
    if (this.#saidIgnored) return;
    this.#saidIgnored = true;
    this.#logger.warn(
      `Ignored a resign request from server process ${pid}: its role is neither the role of this instance, nor a member of ` +
        'it, nor a superuser. Further requests like this are not logged',
    );
  }
}
