import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { LeaderInfo } from '../core/model/instance-report.js';
import type { Leadership, LossReason } from '../core/model/leadership.js';
import { LeaderElectionRegistry } from '../leader-election.registry.js';
import type { TestElection } from './test-election.js';
import { TestingBackend } from './testing-backend.js';

/** Controls one election in a test. No method needs a timer, so all of them work with fake timers too. */
export class ElectionTesting {
  readonly #find: () => TestElection;

  /** @internal */
  constructor(find: () => TestElection) {
    this.#find = find;
  }

  /**
   * Makes this instance the leader. Resolves with its term when every `onElected` has returned and the leader-only jobs
   * are active; at once with the current term if it already leads.
   *
   * @throws whatever an `onElected` throws; `LeadershipLostError` if the leadership is lost before that;
   *   {@link LeaderElectionTestingError} if the application has not started or has been shut down, or this instance is
   *   not a candidate
   */
  async elect(): Promise<Leadership> {
    return await this.#find().elect();
  }

  /**
   * Ends the leadership for the given reason. Resolves when the duties have stopped. Does nothing on a standby.
   *
   * The elections of an application share one connection: `conn_lost`, `lease_expired` and `shutdown` end the
   * leadership of all of them. After `shutdown`, this instance can't be elected any more.
   *
   * @param reason default: `resigned`
   */
  async demote(reason: LossReason = 'resigned'): Promise<void> {
    await this.#find().demote(reason);
  }

  /**
   * Makes another instance the leader. If this instance leads, it resigns first.
   *
   * @param leader the `instanceId` of the leader, or more details; without a term, it gets the next one
   */
  async elsewhere(leader: LeaderInfo | string): Promise<void> {
    await this.#find().elsewhere(leader);
  }
}

/** Controls the elections of an application in a test: `moduleRef.get(LeaderElectionTesting)`. */
@Injectable()
export class LeaderElectionTesting extends ElectionTesting {
  readonly #find: (name?: string) => TestElection;

  /** @internal */
  constructor(backend: TestingBackend, modules: ModuleRef) {
    const find = (name?: string) =>
      backend.election(() => {
        const elections = modules.get(LeaderElectionRegistry, { strict: false });
        return elections.get(name, 'LeaderElectionTesting.election()').service.election;
      });
    super(find);
    this.#find = find;
  }

  /** The election of the given name. The methods of this object itself control the default election. */
  election(name: string): ElectionTesting {
    return new ElectionTesting(() => this.#find(name));
  }
}
