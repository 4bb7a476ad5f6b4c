import { afterEach } from '@jest/globals';
import { Elector, type ElectorOptions, type LossReason } from '../../lib/core/index.js';
import { fastTimings } from './fast-timings.js';

/** How long a candidate may take to come to a state, in milliseconds: shorter than a test may. */
const PATIENCE = 25_000;

/** What happened to a candidate, in order; shared by the candidates of a test to see the order between them. */
export type Journal = string[];

/** An elector in this process, and what it went through. */
export class Candidate {
  readonly elector: Elector;
  readonly logged: string[] = [];
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  readonly #waiting = new Set<() => void>();

  constructor(
    readonly name: string,
    readonly journal: Journal,
    options: Partial<ElectorOptions>,
  ) {
    const log = (message: string) => this.logged.push(message);
    this.elector = new Elector({
      ...fastTimings,
      instanceId: name,
      logger: { log, warn: log, error: log },
      ...options,
      onElected: async (leadership) => {
        this.#note('elected');
        await options.onElected?.(leadership);
      },
      onDemoted: async (reason) => {
        this.#note(`demoted ${reason}`);
        await options.onDemoted?.(reason);
        this.#note('stopped');
      },
    });
    this.#ended = this.elector.run(this.#stop.signal);
  }

  /** Resolves when the condition holds; it is looked at whenever something happens, and every few milliseconds. */
  async until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE;
    while (!condition()) {
      if (performance.now() > deadline) {
        const happened = this.journal.join(', ') || 'nothing';
        throw new Error(`${this.name} never came to ${String(condition)}; what did: ${happened}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 5);
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async elected(times = 1): Promise<this> {
    await this.until(() => this.count('elected') >= times && this.elector.isLeader);
    return this;
  }

  async demoted(reason: LossReason): Promise<void> {
    await this.until(() => this.journal.includes(`${this.name} demoted ${reason}`));
  }

  count(what: string): number {
    return this.journal.filter((entry) => entry === `${this.name} ${what}`).length;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  #note(what: string): void {
    this.journal.push(`${this.name} ${what}`);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

const running: Candidate[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((candidate) => candidate.stop()));
});

/** Starts a candidate, which ends with the test. */
export function candidate(
  name: string,
  options: Partial<ElectorOptions>,
  journal: Journal = [],
): Candidate {
  const started = new Candidate(name, journal, options);
  running.push(started);
  return started;
}

/** Resolves with the one that leads, as soon as one does. */
export async function leaderOf(candidates: readonly Candidate[]): Promise<Candidate> {
  for (;;) {
    const leader = candidates.find(({ elector }) => elector.isLeader);
    if (leader) return leader;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
