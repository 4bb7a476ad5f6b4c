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

/** Options of {@link LeaderElectionTestingModule.forApp}. */
export interface LeaderElectionStageOptions {
  /**
   * If true, this instance leads all its elections when the application has started.
   * @default false
   */
  readonly leader?: boolean | undefined;
  /**
   * Answers the statements of `leadership.transaction()` instead of the database. What it throws becomes the error of
   * the statement. Without it, `transaction()` rejects.
   */
  readonly query?: AnswerStatement | undefined;
}

export const BACKEND_OPTIONS = Symbol('LeaderElectionStageOptions');

/**
 * Runs real elections on a server that the test controls, and on a clock that stands still but has the test's date.
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
        // Handlers have `stopTimeout` to end, in the test's own time.
        clock: { ...systemClock, now: () => this.#clock.now() },
        // On a clock that stands still, a back-off or the wait for a predecessor's lease would never end.
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
   * @param nameOf returns the name of an election of the module
   * @throws {@link LeaderElectionTestingError} if the elections have not started
   */
  election(nameOf: () => string): TestElection {
    if (this.#elections.size === 0) {
      throw new LeaderElectionTestingError(
        'LeaderElectionTestingModule.forApp(): nothing in this application imports LeaderElectionModule; import it, ' +
          'or use LeaderElectionTestingModule.forRoot()',
      );
    }
    if (!this.#stop) {
      throw new LeaderElectionTestingError(
        'The elections have not started, because the application is not initialised; call ' +
          '`await moduleRef.init()`, or `init()` of the application created from it, before elect()',
      );
    }
    return this.#elections.get(nameOf()) as TestElection;
  }

  /** Leaves the next heartbeat unanswered until the deadline. */
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
