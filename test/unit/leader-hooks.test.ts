import { describe, expect, it } from '@jest/globals';
import { ElectionDuties } from '../../lib/duties/election-duties.js';
import { LeaderHooks, type HookedProvider } from '../../lib/duties/leader-hooks.js';
import { RunningWork } from '../../lib/core/duties/running-work.js';
import { silentLogger } from '../../lib/core/common/logger.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { latch, type Latch } from '../support/timeline.js';
import { TermLeadership } from '../../lib/core/election/term.js';

const term = (number: bigint) =>
  new TermLeadership('default', number, new Date(0), () =>
    Promise.reject(new Error('No database here')),
  );

type Hook = 'onElected' | 'onDemoted';
/** Names of hooks, as `A.onElected`. */
type Held = `${string}.${Hook}`;

/** Providers A, B and C, whose hooks note that they were called; those that are held return when the test says so. */
function hooks({ held = [], failing = [] }: { held?: Held[]; failing?: Held[] } = {}) {
  const notes: string[] = [];
  const warnings: string[] = [];
  const errors: string[] = [];
  const latches = new Map(held.map((name) => [name, latch()]));
  const hook = (name: Held, what: string) => {
    notes.push(what);
    if (failing.includes(name)) throw new Error('tripped');
    return latches.get(name)?.opened;
  };
  const providers = ['A', 'B', 'C'].map((name): HookedProvider => ({
    name,
    instance: {
      onElected: (leadership) => hook(`${name}.onElected`, `${name} elected ${leadership.term}`),
      onDemoted: (leadership) => hook(`${name}.onDemoted`, `${name} demoted ${leadership.term}`),
    },
  }));
  const clock = new ManualClock();
  const subject = new LeaderHooks(providers, {
    work: new RunningWork(),
    logger: {
      ...silentLogger,
      warn: (message) => warnings.push(message),
      error: (message) => errors.push(message),
    },
    clock,
  });
  const halfTime = new AbortController();
  let over = false;
  return {
    providers,
    subject,
    clock,
    notes,
    warnings,
    errors,
    release: async (name: Held) => {
      (latches.get(name) as Latch).open();
      await settle();
    },
    elect: async (leadership: TermLeadership, jobs: string[] = []) => {
      const elected = subject.elected(leadership, jobs).catch(() => undefined);
      await settle();
      return elected;
    },
    demote: async (leadership: TermLeadership) => {
      leadership.end('resigned');
      notes.length = 0;
      void subject.demoted(leadership, 'resigned', halfTime.signal).then(() => (over = true));
      await settle();
    },
    halfTime: async () => {
      halfTime.abort();
      await settle();
    },
    isOver: () => over,
  };
}

describe('onDemoted', () => {
  it('is called in reverse order, each after the one before has returned', async () => {
    const { elect, demote, release, notes, isOver } = hooks({
      held: ['C.onDemoted', 'A.onDemoted'],
    });
    const first = term(1n);
    await elect(first);
    await demote(first);
    expect(notes).toEqual(['C demoted 1']);
    await release('C.onDemoted');
    expect(notes).toEqual(['C demoted 1', 'B demoted 1', 'A demoted 1']);
    expect(isOver()).toBe(false);
    await release('A.onDemoted');
    expect(isOver()).toBe(true);
  });

  it('is called at once for all that are left, when half of the time is gone', async () => {
    const { elect, demote, release, halfTime, notes, warnings, isOver } = hooks({
      held: ['C.onDemoted', 'B.onDemoted'],
    });
    const first = term(1n);
    await elect(first);
    await demote(first);
    await halfTime();
    expect(notes).toEqual(['C demoted 1', 'B demoted 1', 'A demoted 1']);
    expect(warnings).toEqual([
      '"default": C.onDemoted has not returned within half of stopTimeout; calling onDemoted of B, A now',
    ]);
    await release('B.onDemoted');
    expect(isOver()).toBe(false);
    await release('C.onDemoted');
    expect(isOver()).toBe(true);
  });

  it('that throws does not keep the others from being called, in their turn or at half-time', async () => {
    const failing: Held[] = ['C.onDemoted', 'B.onDemoted', 'A.onDemoted'];
    for (const held of [[], ['C.onElected']] as Held[][]) {
      const { elect, demote, halfTime, notes, errors, isOver } = hooks({ failing, held });
      const first = term(1n);
      void elect(first);
      await settle();
      await demote(first);
      await halfTime();
      expect(notes).toEqual(['C demoted 1', 'B demoted 1', 'A demoted 1']);
      expect(errors).toHaveLength(3);
      expect(isOver()).toBe(true);
    }
  });

  it('is called for just those whose onElected was called', async () => {
    const { elect, demote, notes, isOver } = hooks({ failing: ['B.onElected'] });
    const first = term(1n);
    await elect(first);
    await demote(first);
    expect(notes).toEqual(['B demoted 1', 'A demoted 1']);
    expect(isOver()).toBe(true);
  });

  it('is called for one whose onElected ends the leadership in its first instruction', async () => {
    const { providers, subject, elect, notes } = hooks();
    const first = term(1n);
    const { signal } = new AbortController();
    let demoted: Promise<void> | undefined;
    Object.assign(providers[1]?.instance as object, {
      onElected: () => {
        first.end('resigned');
        demoted = subject.demoted(first, 'resigned', signal);
      },
    });
    await elect(first);
    await demoted;
    expect(notes).toEqual(['A elected 1', 'B demoted 1', 'A demoted 1']);
  });
});

describe('an onElected that is under way when the leadership ends', () => {
  it('comes to its end before its onDemoted is called, if that is in time', async () => {
    const { elect, demote, release, notes, warnings, isOver } = hooks({ held: ['B.onElected'] });
    const first = term(1n);
    void elect(first);
    await settle();
    await demote(first);
    expect(notes).toEqual([]);
    await release('B.onElected');
    expect(notes).toEqual(['B demoted 1', 'A demoted 1']);
    expect(warnings).toEqual([]);
    expect(isOver()).toBe(true);
  });

  it('is told to stop at half-time, as are all that are left', async () => {
    const { elect, demote, halfTime, notes, warnings } = hooks({ held: ['B.onElected'] });
    const first = term(1n);
    void elect(first);
    await settle();
    await demote(first);
    await halfTime();
    expect(notes).toEqual(['B demoted 1', 'A demoted 1']);
    expect(warnings).toEqual([
      '"default": B.onElected has not returned within half of stopTimeout; calling onDemoted of B, A now',
    ]);
  });

  it('changes nothing when it returns in a later leadership', async () => {
    const held: Held[] = ['B.onElected'];
    const { elect, demote, halfTime, release, notes, providers } = hooks({ held });
    const [first, second] = [term(1n), term(2n)];
    void elect(first);
    await settle();
    await demote(first);
    await halfTime();
    notes.length = 0;
    // From now on it does not hang any more.
    const late = release;
    Object.assign(providers[1]?.instance as object, {
      onElected: () => void notes.push('B elected 2'),
    });
    await elect(second);
    await late('B.onElected');
    expect(notes).toEqual(['A elected 2', 'B elected 2', 'C elected 2']);
    await demote(second);
    expect(notes).toEqual(['C demoted 2', 'B demoted 2', 'A demoted 2']);
  });
});

describe('an onElected that does not return for ten seconds', () => {
  const warning = (hook: string, waiting: string) =>
    `"default": ${hook} has not returned after 10000 ms, and these are waiting for it: ${waiting}. Start long-running ` +
    'work in the hook and return without awaiting it';

  it('is named in a warning, with the hooks and the jobs that wait for it; once in a term', async () => {
    const { elect, demote, release, clock, warnings } = hooks({ held: ['B.onElected'] });
    const first = term(1n);
    void elect(first, ['Reports.send', 'tidy']);
    await clock.run(9_999);
    expect(warnings).toEqual([]);
    await clock.run(100_000);
    expect(warnings).toEqual([warning('B.onElected', 'C.onElected, Reports.send, tidy')]);

    await demote(first);
    await release('B.onElected');
    void elect(term(2n), ['tidy']);
    await clock.run(100_000);
    expect(warnings).toHaveLength(1); // From now on it returns at once.
  });

  it('is named anew for each hook that does not return', async () => {
    const held: Held[] = ['A.onElected', 'B.onElected'];
    const { elect, release, clock, warnings } = hooks({ held });
    void elect(term(1n), ['tidy']);
    await clock.run(10_000);
    await release('A.onElected');
    await clock.run(10_000);
    expect(warnings).toEqual([
      warning('A.onElected', 'B.onElected, C.onElected, tidy'),
      warning('B.onElected', 'C.onElected, tidy'),
    ]);
  });

  it('is not named where nothing waits for it', async () => {
    const { elect, clock, warnings } = hooks({ held: ['C.onElected'] });
    void elect(term(1n));
    await clock.run(100_000);
    expect(warnings).toEqual([]);
  });

  it.each<[string, Held[]]>([
    ['has returned', []],
    ['has thrown', ['A.onElected']],
  ])('is not named, and leaves no timer, when it %s before', async (_what, failing) => {
    const { elect, clock, warnings } = hooks({ failing });
    await elect(term(1n), ['tidy']);
    expect(clock.pending).toBe(0);
    await clock.run(100_000);
    expect(warnings).toEqual([]);
  });

  it('is not named, and leaves no timer, when the leadership ends before', async () => {
    const { elect, demote, clock, warnings } = hooks({ held: ['A.onElected'] });
    const first = term(1n);
    void elect(first, ['tidy']);
    await clock.run(5_000);
    await demote(first);
    expect(clock.pending).toBe(0);
    await clock.run(100_000);
    expect(warnings).toEqual([]);
  });

  it('is told by the duties of an election, which know the jobs', async () => {
    const clock = new ManualClock();
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const duties = new ElectionDuties(logger, clock);
    const released = latch();
    duties.assignHooks([{ name: 'Loop', instance: { onElected: () => released.opened } }]);
    let started = 0;
    duties.assignJobs([
      { name: 'Reports.send', start: () => void (started += 1), stop: () => undefined },
    ]);
    const starting = duties.start(term(1n), () => undefined);
    await clock.run(10_000);
    expect(warnings).toEqual([warning('Loop.onElected', 'Reports.send')]);
    expect(started).toBe(0);
    released.open();
    await starting;
    expect(started).toBe(1);
  });
});
