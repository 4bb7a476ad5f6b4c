import { reportFailure } from '../common/background.js';
import type { ElectionLogger } from '../common/logger.js';
import type { Election } from '../election/election.js';
import type { Announcement } from '../model/announcement.js';
import type { LeaderDiscovery, PresenceResponder } from './discovery.js';
import type { Namesakes } from './namesakes.js';
import type { Reserve } from './reserve.js';
import type { ResignRequests } from './resign-requests.js';

interface Receivers {
  readonly instanceId: string;
  readonly elections: readonly Election[];
  readonly discovery: LeaderDiscovery;
  readonly presence: PresenceResponder;
  readonly requests: ResignRequests;
  readonly namesakes: Namesakes;
  readonly reserve: Reserve | undefined;
}

/**
 * Routes messages of other instances to their receivers.
 *
 * @internal
 */
export class MessageRouter {
  readonly #receivers: Receivers;
  readonly #logger: ElectionLogger;

  constructor(receivers: Receivers, logger: ElectionLogger) {
    this.#receivers = receivers;
    this.#logger = logger;
  }

  /**
   * Never throws: any client of the database can send messages, and they must not end this process.
   *
   * @param sender the PID of the backend that sent the message
   */
  onMessage(message: Announcement, sender: number): void {
    try {
      this.#pass(message, sender);
    } catch (error) {
      reportFailure(`Handling a message (${message.type})`, this.#logger, error);
    }
  }

  #pass(message: Announcement, sender: number): void {
    const { discovery, elections, instanceId, namesakes, presence, requests, reserve } =
      this.#receivers;
    switch (message.type) {
      case 'who-leads':
        discovery.onQuestion();
        return;
      case 'roll-call':
        presence.onQuestion();
        return;
      case 'resign-request':
        if (message.instanceId === instanceId) requests.onRequest(message, sender);
        return;
      case 'same-name':
        if (message.instanceId === instanceId) namesakes.onIntroduction(message, sender);
        return;
      case 'place-free':
        reserve?.onPlaceFree(message.key);
        return;
      default:
        for (const election of elections)
          if (election.keys.lock === message.key) election.onMessage(message, sender);
    }
  }
}
