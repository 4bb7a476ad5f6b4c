import { Emitter } from '../core/common/emitter.js';
import type { Election } from '../core/election/election.js';
import type { LeaderElectionEvent } from '../core/model/events.js';
import type { LeaderInfo } from '../core/model/instance-report.js';
import type { Leadership, LossReason } from '../core/model/leadership.js';
import { deferred, type Deferred } from '../core/time/wait.js';
import type { TestServer } from './test-server.js';
import { LeaderElectionTestingError } from './testing.error.js';
import type { WatchedDuties } from './watched-duties.js';

interface CurrentTerm {
  readonly leadership: Leadership;
  readonly released: Deferred<void>;
}

/** The part of the backend that an election uses. It affects all elections. */
export interface Backend {
  readonly instanceId: string;
  readonly server: TestServer;
  expireLease(): Promise<void>;
  shutDown(): Promise<void>;
  /** Resolves when every lost leadership has been released. */
  settled(): Promise<void>;
}

/** An election whose lock the test grants and takes away. */
export class TestElection {
  readonly #election: Election;
  readonly #duties: WatchedDuties;
  readonly #backend: Backend;
  readonly #onTerm = new Emitter<CurrentTerm>();
  #term: CurrentTerm | undefined;

  constructor(election: Election, duties: WatchedDuties, backend: Backend) {
    this.#election = election;
    this.#duties = duties;
    this.#backend = backend;
    election.events.on((event) => {
      if (event.type === 'elected') {
        this.#term = { leadership: event.leadership, released: deferred() };
        this.#onTerm.emit(this.#term);
      } else if (event.type === 'released') {
        this.#term?.released.resolve();
        this.#term = undefined;
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
        `elect(): "${this.#election.name}" has \`candidate: false\`, so this instance can never lead it`,
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
    await this.#backend.settled();
  }

  async elsewhere(leader: LeaderInfo | string): Promise<void> {
    this.#refuseAfterEnd('elsewhere()');
    const { server, instanceId } = this.#backend;
    const { lock } = this.#election.keys;
    const other = typeof leader === 'string' ? { instanceId: leader } : leader;
    if (other.instanceId === instanceId) {
      throw new LeaderElectionTestingError(
        `elsewhere(): "${instanceId}" is this instance; name another one, or call elect()`,
      );
    }
    await this.demote('resigned');
    const term = server.drawTerm(lock);
    server.lead(lock, { term, since: new Date(), ...other });
    while (this.#election.leader?.instanceId !== other.instanceId)
      await this.#untilEvent('leader-changed');
  }

  /** Resolves when a lost leadership, if there is one, has been released. */
  async settled(): Promise<void> {
    if (this.#term?.leadership.signal.aborted) await this.#term.released.promise;
  }

  /** The current term, unless it has been lost. */
  get #current(): CurrentTerm | undefined {
    return this.#term?.leadership.signal.aborted ? undefined : this.#term;
  }

  async #next(): Promise<CurrentTerm> {
    const next = new Promise<CurrentTerm>((resolve) => {
      const off = this.#onTerm.on((term) => {
        off();
        resolve(term);
      });
    });
    this.#backend.server.free(this.#election.keys.lock);
    this.#election.retrySoon();
    return next;
  }

  /** Ends the leadership in the way that has this reason. */
  async #end(reason: LossReason): Promise<void> {
    switch (reason) {
      case 'resigned':
        return this.#election.resign();
      case 'error':
        this.#duties.fail(new Error("The test made the duties fail with demote('error')"));
        return this.#untilEvent('released');
      case 'conn_lost': {
        const restored = this.#untilEvent('connection-restored');
        this.#backend.server.cut();
        return restored;
      }
      case 'lease_expired': {
        const restored = this.#untilEvent('connection-restored');
        await this.#backend.expireLease();
        return restored;
      }
      case 'shutdown':
        return this.#backend.shutDown();
    }
  }

  #untilEvent(type: LeaderElectionEvent['type']): Promise<void> {
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
      `${call}: the application has been shut down, or demote('shutdown') was called; create another application`,
    );
  }
}
