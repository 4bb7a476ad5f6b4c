import { silentLogger } from '../../lib/core/common/logger.js';
import { Election } from '../../lib/core/election/election.js';
import type { Announcement } from '../../lib/core/model/announcement.js';
import { Instance } from '../../lib/core/fleet/instance.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { idleDuties } from '../support/idle-duties.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

const KEYS = [1n, 2n];
/** The process of the server that sends everything, and the one that holds the locks. */
const STRANGER = 7;
const HOLDER = 8;

/** An instance with two elections, which stands by and hears everything. */
export class ListeningInstance {
  readonly #clock = new ManualClock();
  readonly #connection = new ScriptedConnection(this.#clock);
  readonly #elections: readonly Election[];
  readonly #ended: Promise<void>;
  readonly #stop = new AbortController();

  constructor(seed: number) {
    let random = seed;
    const common = {
      clock: this.#clock,
      logger: silentLogger,
      timings: defaultTimings,
      // As random as it has to be here, and the same each time.
      random: () => (random = (random * 16_807) % 2_147_483_647) / 2_147_483_647,
    };
    this.#elections = KEYS.map(
      (lock) =>
        new Election({
          ...common,
          name: String(lock),
          keys: { lock, heir: -lock },
          candidate: true,
          takeover: lock === 1n ? 'fast' : 'strict',
          self: { instanceId: 'one' },
          duties: idleDuties,
        }),
    );
    this.#connection.holders = (locks) =>
      Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
    const self = { instanceId: 'one', version: 'of the test' };
    const connector = { connect: () => Promise.resolve(this.#connection) };
    const instance = new Instance({
      ...common,
      self,
      connector,
      elections: this.#elections,
      spread: true,
      places: [5n, 6n],
    });
    this.#connection.takeOne = () => Promise.resolve(5n);
    this.#ended = instance.run(this.#stop.signal);
  }

  /** As the adapter passes a notification on. */
  hear(announcement: Announcement): void {
    this.#connection.tell(announcement, STRANGER);
  }

  /** Lets time pass, and forgets what was sent; returns how many statements that were. */
  async pass(milliseconds: number): Promise<number> {
    await this.#clock.run(milliseconds);
    return this.#connection.sent.splice(0).length;
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#clock.pending;
  }

  /** Why it is not what it should be: a standby that follows whoever really leads. */
  async complaint(): Promise<string | undefined> {
    const roles = this.#elections.map(({ role }) => role);
    if (roles.some((role) => role !== 'standby')) return `It is ${roles.join()}`;
    const leader = { instanceId: `leader ${this.#clock.now().monotonic}` };
    for (const key of KEYS) this.#connection.tell({ type: 'elected', key, leader }, HOLDER);
    await this.#clock.run(1_000);
    const [...followed] = new Set(this.#elections.map((election) => election.leader?.instanceId));
    return followed.join() === leader.instanceId ? undefined : `It follows ${followed.join()}`;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await settle();
    await this.#ended;
  }
}
