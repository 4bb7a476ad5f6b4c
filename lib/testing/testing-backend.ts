import { Inject, Injectable } from '@nestjs/common';
import { createElections, type CreatedElections } from '../core/create-elections.js';
import { defaultTimings } from '../core/model/timings.js';
import { systemClock } from '../core/time/clock.js';
import { TestBackend } from '../leader-election.test-backend.js';
import { StillClock } from './still-clock.js';
import type { AnswerStatement } from './test-connection.js';
import { TestElection } from './test-election.js';
import { TestServer } from './test-server.js';
import { LeaderElectionTestingError } from './testing.error.js';
import { WatchedDuties } from './watched-duties.js';

/** What a test decides about the backend. */
export interface LeaderElectionStageOptions {
  /**
   * True: this instance leads all its elections when the application has started.
   * @default false
   */
  readonly leader?: boolean | undefined;
  /**
   * Answers the statements of `leadership.transaction()` in the database's place; what it throws is the statement's error.
   * Without it, `transaction()` rejects.
   */
  readonly query?: AnswerStatement | undefined;
}

export const BACKEND_OPTIONS = Symbol('LeaderElectionStageOptions');

/**
 * Real elections on a server that does what a test says, and on a clock that stands still but has the date of the test.
 */
@Injectable()
export class TestingBackend extends TestBackend {
  readonly #options: LeaderElectionStageOptions;
  readonly #clock = new StillClock();
  readonly #server: TestServer;
  readonly #elections = new Map<string, TestElection>();
  #stop: (() => Promise<void>) | undefined;

  constructor(@Inject(BACKEND_OPTIONS) options: LeaderElectionStageOptions) {
    super();
    this.#options = options;
    this.#server = new TestServer(this.#clock, options.query);
  }

  createElections(
    ...[options, logger, dutiesOf]: Parameters<typeof createElections>
  ): CreatedElections {
    const { stopTimeout } = options.timings;
    const duties = new Map(
      options.elections.map(({ name }) => [name, new WatchedDuties(dutiesOf(name))]),
    );
    const watched = (name: string) => duties.get(name) as WatchedDuties;
    const assembly = createElections(options, logger, watched, {
      connector: this.#server,
      random: () => 0,
      sessions: { clock: this.#clock, timings: defaultTimings },
      elections: {
        // Handlers have `stopTimeout` of the test's own time to end.
        clock: { ...systemClock, now: () => this.#clock.now() },
        // A back-off, or the trust of a predecessor, would be waited for in vain.
        timings: { ...defaultTimings, stopTimeout, retryInterval: 0, renewDeadline: 0 },
      },
    });
    for (const election of assembly.elections) {
      const { name } = election;
      this.#elections.set(
        name,
        new TestElection(election, watched(name), {
          instanceId: options.instanceId,
          server: this.#server,
          expireLease: () => this.#expireLease(),
          shutDown: async () => this.#stop?.(),
          settled: () => this.#settled(),
        }),
      );
    }
    return assembly;
  }

  async started(stop: () => Promise<void>): Promise<void> {
    this.#stop = stop;
    if (!this.#options.leader) return;
    const candidates = [...this.#elections.values()].filter(({ isCandidate }) => isCandidate);
    await Promise.all(candidates.map((election) => election.elect()));
  }

  /**
   * @param nameOf the name of the election, of all that the module knows
   * @throws {@link LeaderElectionTestingError} when the elections have not started
   */
  election(nameOf: () => string): TestElection {
    if (this.#elections.size === 0) {
      throw new LeaderElectionTestingError(
        'LeaderElectionTestingModule.forApp(): nothing in this application imports LeaderElectionModule; import it, or ' +
          'use LeaderElectionTestingModule.forRoot()',
      );
    }
    if (!this.#stop) {
      throw new LeaderElectionTestingError(
        'The elections have not started, because the application has not: call `await moduleRef.init()`, or `init()` of ' +
          'the application that you made of it, before you elect',
      );
    }
    return this.#elections.get(nameOf()) as TestElection;
  }

  /** The next heartbeat is not answered, until the deadline. */
  async #expireLease(): Promise<void> {
    const { heartbeatInterval, renewDeadline } = defaultTimings;
    const waits = this.#server.fallSilent();
    this.#clock.advance(heartbeatInterval);
    await waits;
    this.#clock.advance(renewDeadline - heartbeatInterval);
  }

  async #settled(): Promise<void> {
    await Promise.all([...this.#elections.values()].map((election) => election.settled()));
  }
}
