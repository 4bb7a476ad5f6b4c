import { Election } from '../../../lib/core/election/election.js';
import type { Timings } from '../../../lib/core/model/timings.js';
import type { PlantedBug } from '../planted-bugs.js';
import { keysOf } from '../rules/rules.js';
import type { Randomness } from '../time/randomness.js';
import type { World } from '../world.js';
import { SimulatedDuties } from './simulated-duties.js';
import { SimulatedHooks } from './simulated-hooks.js';
import type { SimulatedInstance } from './simulated-instance.js';
import { SimulatedJob } from './simulated-job.js';
import { SimulatedWriter } from './simulated-writer.js';
import type { Takeover } from '../../../lib/core/model/takeover.js';

export interface SimulatedElectionSetup {
  readonly instance: SimulatedInstance;
  readonly index: number;
  readonly world: World;
  readonly takeover: Takeover;
  readonly timings: Timings;
  readonly random: Randomness;
  readonly bug: PlantedBug | undefined;
}

/** One election of an instance, and what that instance does when it leads; the referee watches. */
export class SimulatedElection {
  readonly election: Election;
  readonly duties: SimulatedDuties;
  readonly writer: SimulatedWriter;
  readonly #setup: SimulatedElectionSetup;

  constructor(setup: SimulatedElectionSetup) {
    this.#setup = setup;
    this.duties = this.#makeDuties();
    this.writer = this.#makeWriter();
    this.election = this.#makeElection();
    this.#follow();
  }

  readonly #note = (what: string): void => {
    const { index, instance, world } = this.#setup;
    world.note(instance.name, `${what} (${index})`);
  };

  readonly #expect = (holds: boolean, otherwise: string): void => {
    const { instance, world } = this.#setup;
    world.referee.expect(holds, `${instance.name}: ${otherwise}`);
  };

  #makeDuties(): SimulatedDuties {
    const { bug, index, instance, random, timings, world } = this.#setup;
    const { process } = instance;
    const { stopTimeout } = timings;
    const { rules, referee, trouble } = world;
    return new SimulatedDuties({
      process,
      stopTimeout,
      stopsWithoutWaiting: bug?.stopsWithoutWaiting ?? false,
      hooks: new SimulatedHooks({ process, random: random.fork(), trouble, note: this.#note }),
      job: new SimulatedJob({
        process,
        rhythm: world.job,
        isLeader: () => this.election.isLeader,
        onStart: (leadership, catchesUp) => {
          if (catchesUp) this.#note('catches up');
          rules.catchingUp.started({
            instance,
            election: index,
            seenAt: leadership.predecessorSeenAt?.getTime(),
            since: leadership.since.getTime(),
            catchesUp,
          });
        },
        onTick: (due) => {
          this.#note('runs its job');
          rules.catchingUp.ticked(instance, index, due);
        },
      }),
      onStart: () => {
        referee.started(instance, index);
      },
      onStopped: () => {
        rules.releases.dutiesStopped(instance, index);
      },
      expect: this.#expect,
    });
  }

  #makeWriter(): SimulatedWriter {
    const { index, instance, random, world } = this.#setup;
    return new SimulatedWriter({
      process: instance.process,
      random: random.fork(),
      ledger: world.ledger,
      lock: keysOf(index).lock,
      mayWrite: () => world.mayWrite,
      note: this.#note,
      expect: this.#expect,
    });
  }

  #makeElection(): Election {
    const { bug, index, instance, random, takeover, timings, world } = this.#setup;
    const keys = keysOf(index);
    const holdsLock = () => world.server.locks.holder(keys.lock)?.client.owner === instance.name;
    return new Election({
      name: String(index),
      keys,
      candidate: instance.candidate,
      self: { instanceId: instance.name },
      takeover,
      timings: bug?.electionTimings?.(holdsLock) ?? timings,
      duties: this.duties,
      logger: instance.logger,
      clock: instance.process,
      random: random.next,
    });
  }

  #follow(): void {
    const { index, instance, world } = this.#setup;
    const { referee, rules } = world;
    let last: 'elected' | 'demoted' | 'released' = 'released';
    this.election.events.on((event) => {
      switch (event.type) {
        case 'leader-changed':
          return;
        case 'elected':
          this.#note(`elected, in term ${event.leadership.term}`);
          this.#expect(last === 'released', `elected after ${last}`);
          instance.restsTerm(index);
          rules.elected(instance, index, event.leadership);
          referee.elected(instance, index, event.leadership);
          void this.writer.serve(event.leadership);
          last = event.type;
          return;
        case 'demoted':
          this.#note(`demoted: ${event.reason}`);
          this.#expect(last === 'elected', `demoted after ${last}`);
          rules.demoted(instance, index, event.reason);
          last = event.type;
          return;
        case 'released':
          this.#note('released');
          this.#expect(last === 'demoted', `released after ${last}`);
          rules.released(instance, index);
          last = event.type;
          return;
        case 'connection-lost':
        case 'connection-restored':
          rules.connectionChanged();
          this.#note(event.type);
          return;
        default:
          this.#note(event.type);
      }
    });
  }
}
