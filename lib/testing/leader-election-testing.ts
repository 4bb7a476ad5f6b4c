import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { LeaderInfo } from '../core/model/instance-report.js';
import type { Leadership, LossReason } from '../core/model/leadership.js';
import { LeaderElectionRegistry } from '../leader-election.registry.js';
import type { TestElection } from './test-election.js';
import { TestingBackend } from './testing-backend.js';

/** One election in the hand of a test. No method needs a timer, so they work under fake timers too. */
export class ElectionTesting {
  readonly #find: () => TestElection;

  /** @internal */
  constructor(find: () => TestElection) {
    this.#find = find;
  }

  /**
   * Makes this instance the leader. Resolves with its term when every `onElected` has returned and the leader-only jobs
   * are switched on; at once with the current term, when it leads already.
   *
   * @throws what an `onElected` throws; `LeadershipLostError` when the leadership is lost before all that;
   *   {@link LeaderElectionTestingError} when the application has not started, has been shut down, or must not lead
   */
  async elect(): Promise<Leadership> {
    return await this.#find().elect();
  }

  /**
   * Ends the leadership, by making its reason happen; resolves when the duties have stopped. Does nothing on a standby.
   *
   * The elections of an application share one connection: `conn_lost`, `lease_expired` and `shutdown` end the leadership
   * of all of them. After `shutdown`, nobody can be elected any more.
   *
   * @param reason default: `resigned`
   */
  async demote(reason: LossReason = 'resigned'): Promise<void> {
    await this.#find().demote(reason);
  }

  /**
   * Makes another instance the leader, after this one has resigned if it led.
   *
   * @param leader its `instanceId`, or more that is to be known of it; where no term is given, it has the next one
   */
  async elsewhere(leader: LeaderInfo | string): Promise<void> {
    await this.#find().elsewhere(leader);
  }
}

/** The elections of an application in the hand of a test: `moduleRef.get(LeaderElectionTesting)`. */
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

  /** The election of that name; the methods of this object itself are those of the default election. */
  election(name: string): ElectionTesting {
    return new ElectionTesting(() => this.#find(name));
  }
}
