import { deferred, type Deferred } from '../core/time/deferred.js';
import type { Election } from '../core/election/election.js';
import { Emitter } from '../core/common/emitter.js';
import type { LeaderElectionEvent } from '../core/model/events.js';
import type { Leadership, LossReason } from '../core/model/leadership.js';
import { LeaderElectionTestingError } from './testing.error.js';
import type { StageServer } from './test-server.js';
import type { WatchedDuties } from './watched-duties.js';
import type { LeaderInfo } from '../core/model/instance-report.js';

interface Tenure {
  readonly leadership: Leadership;
  readonly released: Deferred<void>;
}

/** What an election needs of the stage: what it ends there, it ends for all elections. */
export interface WholeStage {
  readonly instanceId: string;
  readonly server: StageServer;
  expireLease(): Promise<void>;
  shutDown(): Promise<void>;
  /** Resolves when every leadership that was lost has been released. */
  settled(): Promise<void>;
}

/** An election whose lock the test hands out and takes away. */
export class StagedElection {
  readonly #election: Election;
  readonly #duties: WatchedDuties;
  readonly #stage: WholeStage;
  readonly #onTenure = new Emitter<Tenure>();
  #tenure: Tenure | undefined;

  constructor(election: Election, duties: WatchedDuties, stage: WholeStage) {
    this.#election = election;
    this.#duties = duties;
    this.#stage = stage;
    election.events.on((event) => {
      if (event.type === 'elected') {
        this.#tenure = { leadership: event.leadership, released: deferred() };
        this.#onTenure.emit(this.#tenure);
      } else if (event.type === 'released') {
        this.#tenure?.released.resolve();
        this.#tenure = undefined;
      }
    });
  }

  get isCandidate(): boolean {
    return this.#election.role !== 'observer';
  }

  async elect(): Promise<Leadership> {
    this.#refuseAfterEnd('elect()');
    if (!this.isCandidate) {
      throw new LeaderElectionTestingError(
        `elect(): "${this.#election.name}" has \`candidate: false\` on this instance, so it can never lead`,
      );
    }
    const { leadership, released } = this.#current ?? (await this.#next());
    try {
      await this.#duties.started(leadership);
      leadership.signal.throwIfAborted();
    } catch (error) {
      await released.promise;
      throw error;
    }
    return leadership;
  }

  async demote(reason: LossReason): Promise<void> {
    if (this.#current) await this.#end(reason);
    await this.#stage.settled();
  }

  async elsewhere(leader: LeaderInfo | string): Promise<void> {
    this.#refuseAfterEnd('elsewhere()');
    const { server, instanceId } = this.#stage;
    const { lock } = this.#election.keys;
    const other = typeof leader === 'string' ? { instanceId: leader } : leader;
    if (other.instanceId === instanceId) {
      throw new LeaderElectionTestingError(
        `elsewhere(): "${instanceId}" is this instance; name another, or call elect()`,
      );
    }
    await this.demote('resigned');
    const term = server.drawTerm(lock);
    server.lead(lock, { term, since: new Date(), ...other });
    while (this.#election.leader?.instanceId !== other.instanceId)
      await this.#hears('leader-changed');
  }

  /** Resolves when the leadership that was lost, if one was, has been released. */
  async settled(): Promise<void> {
    if (this.#tenure?.leadership.signal.aborted) await this.#tenure.released.promise;
  }

  /** The tenure that has not been lost. */
  get #current(): Tenure | undefined {
    return this.#tenure?.leadership.signal.aborted ? undefined : this.#tenure;
  }

  async #next(): Promise<Tenure> {
    const next = new Promise<Tenure>((resolve) => {
      const off = this.#onTenure.on((tenure) => {
        off();
        resolve(tenure);
      });
    });
    this.#stage.server.free(this.#election.keys.lock);
    this.#election.hurry();
    return next;
  }

  /** Makes the reason happen. */
  async #end(reason: LossReason): Promise<void> {
    switch (reason) {
      case 'resigned':
        return this.#election.resign();
      case 'error':
        this.#duties.fail(new Error("The test has made the duties fail: demote('error')"));
        return this.#hears('released');
      case 'conn_lost': {
        const restored = this.#hears('connection-restored');
        this.#stage.server.cut();
        return restored;
      }
      case 'lease_expired': {
        const restored = this.#hears('connection-restored');
        await this.#stage.expireLease();
        return restored;
      }
      case 'shutdown':
        return this.#stage.shutDown();
    }
  }

  #hears(type: LeaderElectionEvent['type']): Promise<void> {
    return new Promise((resolve) => {
      const off = this.#election.events.on((event) => {
        if (event.type !== type) return;
        off();
        resolve();
      });
    });
  }

  #refuseAfterEnd(call: string): void {
    if (this.#election.role !== 'stopped') return;
    throw new LeaderElectionTestingError(
      `${call}: the application has been shut down, or demote('shutdown') was called; make another one`,
    );
  }
}
