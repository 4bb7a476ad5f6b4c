import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../lib/core/common/logger.js';
import { Election } from '../../lib/core/election/election.js';
import { Instance } from '../../lib/core/fleet/instance.js';
import type { Announcement } from '../../lib/core/model/announcement.js';
import type { Duties } from '../../lib/core/model/election-setup.js';
import type { LeaderElectionEvent } from '../../lib/core/model/events.js';
import type { Takeover } from '../../lib/core/model/takeover.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { deferred } from '../../lib/core/time/wait.js';
import { idleDuties } from '../support/idle-duties.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';
import { settled } from '../support/settled.js';

const { heirInterval, renewDeadline, retryInterval, stopTimeout } = defaultTimings;

/** The process of the server that holds the lock, where another does. */
const HOLDER = 7;

/** For how long a new leader does not step down on request, at the most. */
const LONGEST_HOLD = 2_000;

interface Setup {
  readonly duties: Partial<Duties>;
  readonly takeover: Takeover;
  readonly candidate: boolean;
  readonly timings: typeof defaultTimings;
  /** Shows each connection before it is used. */
  readonly prepare: (connection: ScriptedConnection) => void;
}

/** An instance that gets every lock, unless `prepare` says otherwise. */
function instance({
  duties = {},
  takeover = 'fast',
  candidate = true,
  timings = defaultTimings,
  prepare = () => undefined,
}: Partial<Setup> = {}) {
  const clock = new ManualClock();
  clock.freeze(5_000); // No moment is 0.
  const lines: string[] = [];
  const announced: [statement: string, announcement: Announcement][] = [];
  const note = (statement: string, announcements: readonly Announcement[]) => {
    for (const announcement of announcements) announced.push([statement, announcement]);
  };
  const take = (level: string) => (line: string) => {
    lines.push(`${level}: ${line}`);
  };
  const logger = { log: take('log'), warn: take('warn'), error: take('error') };
  const common = { clock, random: () => 0.5, timings };
  const election = new Election({
    ...common,
    logger,
    name: 'default',
    keys: { lock: 1n, heir: 2n },
    candidate,
    takeover,
    self: { instanceId: 'one', address: 'http://one' },
    duties: { ...idleDuties, ...duties },
  });
  const roleBefore = election.role;
  const connections: ScriptedConnection[] = [];
  const connect = () => {
    const connection = new ScriptedConnection(clock);
    connection.tryLocks = (tries) => Promise.resolve(tries.map(() => 'lock'));
    const { announce, drawTermsAndAnnounce, unlockAndAnnounce } = connection;
    connection.announce = (announcements) => {
      note('announce', announcements);
      return announce(announcements);
    };
    connection.drawTermsAndAnnounce = (locks, announcements) => {
      note(`draw ${locks.join()}`, announcements);
      return drawTermsAndAnnounce(locks, announcements);
    };
    connection.unlockAndAnnounce = (locks, announcements) => {
      note(`unlock ${locks.join()}`, announcements);
      return unlockAndAnnounce(locks, announcements);
    };
    connections.push(connection);
    prepare(connection);
    return Promise.resolve(connection);
  };
  const self = { instanceId: 'one', version: 'of the test' };
  const fleet = { ...common, logger: silentLogger, self, connector: { connect } };
  const instance = new Instance({ ...fleet, elections: [election] });
  const events: LeaderElectionEvent[] = [];
  election.events.on((event) => events.push(event));
  const stop = new AbortController();
  const ended = instance.run(stop.signal);
  return {
    announced,
    clock,
    connection: () => connections.at(-1) as ScriptedConnection,
    election,
    events,
    lines,
    roleBefore,
    types: () => events.map(({ type }) => type),
    stop: async () => {
      stop.abort();
      await settle();
      await ended;
    },
  };
}

/** An observer, whose connection shows that another holds the lock. */
async function observer(takeover: Takeover = 'fast') {
  const observing = instance({
    candidate: false,
    takeover,
    prepare: (connection) => {
      connection.holders = (locks) =>
        Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
    },
  });
  await settle();
  observing.events.length = 0;
  const tell = (announcement: Announcement) => observing.connection().tell(announcement, HOLDER);
  return { ...observing, tell };
}

/** A leader whose duties end when `stopped` resolves. */
async function stoppingLate() {
  const stopped = deferred();
  const leading = instance({ duties: { stop: () => stopped.promise } });
  await leading.clock.run(500);
  return { ...leading, stopped };
}

describe('an election of this instance', () => {
  it('emits the events of a term, with the election, the time and the term', async () => {
    const { clock, election, events, stop } = instance();
    await clock.run(0);
    const { leadership } = election;
    const since = clock.now().wall;
    await clock.run(500);
    await election.resign();
    await settle();
    const at = (milliseconds: number) => ({ election: 'default', at: new Date(milliseconds) });
    const leader = { instanceId: 'one', address: 'http://one', term: 1n, since: new Date(since) };
    expect(events).toEqual([
      { type: 'connection-restored', ...at(since) },
      { type: 'elected', leadership, gap: undefined, ...at(since) },
      { type: 'leader-changed', leader, ...at(since) },
      { type: 'demoted', leadership, reason: 'resigned', ...at(since + 500) },
      { type: 'leader-changed', leader: undefined, ...at(since + 500) },
      { type: 'released', leadership, abandoned: [], ...at(since + 500) },
    ]);
    await stop();
  });

  it('logs that the term begins and ends', async () => {
    const { clock, election, lines, stop } = instance();
    await clock.run(0);
    await election.resign();
    expect(lines).toEqual([
      'log: Leading "default" in term 1',
      'log: No longer leading "default": term 1 is over (resigned)',
    ]);
    await stop();
  });

  it('logs nothing of a wait that is over when it gets the lock', async () => {
    const { clock, lines, stop } = instance({
      prepare: (connection) => {
        Object.assign(connection.server, { uptime: renewDeadline * 1.02 });
      },
    });
    await clock.run(0);
    expect(lines).toEqual(['log: Leading "default" in term 1']);
    await stop();
  });

  it('names what was abandoned', async () => {
    const { clock, election, events, stop } = instance({
      duties: { stop: () => new Promise(() => undefined), unfinished: () => ['a', 'b'] },
    });
    await clock.run(0);
    const resigned = election.resign();
    await clock.run(stopTimeout);
    await resigned;
    const released = events.find(({ type }) => type === 'released');
    expect(released).toMatchObject({ abandoned: ['a', 'b'] });
    void stop();
  });

  it('logs for how long it waits with the lock', async () => {
    const { clock, lines, stop } = instance({ takeover: 'strict' });
    await clock.run(0.5);
    expect(lines).toEqual([
      'log: Acquired the lock of "default"; leading in 6120 ms, when no previous leader can still trust its lease',
    ]);
    await clock.run(renewDeadline * 1.02);
    expect(lines).toHaveLength(2);
    await stop();
  });

  it('tells for how long the lock was not led on at the most, where it was seen to be taken', async () => {
    let isFree = false;
    const { clock, events, stop } = instance({
      prepare: (connection) => {
        connection.tryLocks = (tries) =>
          Promise.resolve(tries.map(() => (isFree ? 'lock' : undefined)));
      },
    });
    await clock.run(1);
    isFree = true;
    await clock.run(retryInterval);
    expect(events.find(({ type }) => type === 'elected')).toMatchObject({ gap: retryInterval });
    await stop();
  });

  it('tells when its lease is unconfirmed, and when it is confirmed again', async () => {
    const { clock, election, events, types, stop } = instance();
    await clock.run(0);
    const { leadership } = election;
    clock.freeze(renewDeadline + 100);
    expect(election.isLeader).toBe(false);
    expect(election.leadership).toBeUndefined();
    expect(election.role).toBe('leader');
    await clock.thaw();
    expect(types().slice(-2)).toEqual(['lease-unconfirmed', 'lease-confirmed']);
    expect(events.slice(-2)).toMatchObject([{ leadership }, { leadership }]);
    await stop();
  });

  it('introduces itself to a newcomer while it leads, and only then', async () => {
    const { clock, election, stop } = instance();
    expect(election.leadingMessage).toBeUndefined();
    await clock.run(0);
    const leader = { instanceId: 'one', address: 'http://one', term: 1n };
    const since = new Date(clock.now().wall);
    expect(election.leadingMessage).toEqual({
      type: 'leading',
      key: 1n,
      leader: { ...leader, since },
      token: 1n,
      takeover: 'fast',
    });
    await stop();
    expect(election.leadingMessage).toBeUndefined();
  });

  it('says in its report what it is, and of which term while it leads', async () => {
    const { clock, election, roleBefore, stop } = instance();
    expect(roleBefore).toBe('stopped');
    expect(election.report).toStrictEqual({ name: 'default', key: 1n, role: 'standby' });
    await clock.run(0);
    const since = new Date(clock.now().wall);
    const leads = { name: 'default', key: 1n, role: 'leader', term: 1n, since };
    expect(election.report).toStrictEqual(leads);
    await stop();
    expect(election.report).toStrictEqual({ name: 'default', key: 1n, role: 'stopped' });
  });

  it('announces what others have to know: that it has the lock, leads, and gives the lock back', async () => {
    const { announced, clock, election, stop } = instance();
    await clock.run(0);
    const since = clock.now().wall;
    await clock.run(500);
    await election.resign();
    const key = 1n;
    const leader = { instanceId: 'one', address: 'http://one', term: 1n, since: new Date(since) };
    const [instanceId, takeover] = ['one', 'fast'];
    expect(announced).toEqual([
      ['draw 1', { type: 'acquired', key, instanceId, token: 1n, takeover }],
      ['announce', { type: 'elected', key, leader, takeover }],
      ['unlock 1', { type: 'resigned', key, instanceId, servedUntil: since + 500 }],
    ]);
    expect(Object.keys(announced.at(-1)?.[1] ?? {})).not.toContain('successor');
    await stop();
  });

  it("gives the heir's place back when it leads", async () => {
    const grants = ['heir', 'lock'] as const;
    let tries = 0;
    const { announced, clock, stop } = instance({
      prepare: (connection) => {
        connection.tryLocks = () => Promise.resolve([grants[(tries += 1) - 1]]);
      },
    });
    await clock.run(heirInterval);
    expect(announced.map(([statement, { type }]) => [statement, type])).toEqual([
      ['draw 1', 'acquired'],
      ['unlock 2', 'elected'],
    ]);
    await stop();
  });

  it('gives both locks back where it is stopped before it leads', async () => {
    const grants = ['heir', 'lock'] as const;
    let tries = 0;
    const unlocked: bigint[] = [];
    const drawn = deferred<bigint[]>();
    const { clock, election, stop } = instance({
      prepare: (connection) => {
        connection.tryLocks = () => Promise.resolve([grants[(tries += 1) - 1]]);
        connection.drawTermsAndAnnounce = () => drawn.promise;
        connection.unlock = (locks) => {
          unlocked.push(...locks);
          return Promise.resolve();
        };
      },
    });
    await clock.run(heirInterval);
    expect(election.role).toBe('heir');
    const stopped = stop();
    drawn.resolve([1n]);
    await stopped;
    expect(unlocked).toEqual([1n, 2n]);
  });

  it('announces that it steps down, and for whom, before it gives the lock back', async () => {
    const { announced, clock, election, stop } = instance();
    await clock.run(500);
    announced.length = 0;
    const resigned = election.resign('two');
    await election.resign('three'); // It has been decided.
    await resigned;
    const from = { key: 1n, instanceId: 'one', servedUntil: clock.now().wall, successor: 'two' };
    expect(announced).toEqual([
      ['announce', { type: 'stepping-down', ...from }],
      ['unlock 1', { type: 'resigned', ...from }],
    ]);
    await stop();
  });

  it('announces that it steps down where a successor may have to catch up', async () => {
    const nextDue = () => Infinity;
    const { announced, clock, election, stop } = instance({ duties: { nextDue } });
    await clock.run(500);
    announced.length = 0;
    await election.resign();
    const from = { key: 1n, instanceId: 'one', servedUntil: clock.now().wall };
    expect(announced).toEqual([
      ['announce', { type: 'stepping-down', ...from }],
      ['unlock 1', { type: 'resigned', ...from }],
    ]);
    expect(announced.flatMap(([, announcement]) => Object.keys(announcement))).not.toContain(
      'successor',
    );
    await stop();
  });

  it.each<[reason: string, (connection: ScriptedConnection, stop: () => void) => void]>([
    ['conn_lost', (connection) => connection.close(new Error('gone'))],
    ['lease_expired', (connection) => (connection.answering = false)],
    ['shutdown', (_connection, stop) => stop()],
  ])('tells why its term is over: %s', async (reason, end) => {
    const { clock, connection, events, stop } = instance();
    await clock.run(500);
    end(connection(), () => void stop());
    await clock.run(renewDeadline);
    expect(events.find(({ type }) => type === 'demoted')).toMatchObject({ reason });
    await stop();
  });

  it('is led by this instance until its duties have stopped, or its session is over', async () => {
    const { clock, connection, election, stop, stopped } = await stoppingLate();
    const resigned = election.resign();
    expect(election.leader).toMatchObject({ instanceId: 'one' });
    expect(election.role).toBe('standby');
    stopped.resolve();
    await resigned;
    expect(election.leader).toBeUndefined();
    await clock.run(retryInterval);
    expect(election.leader).toMatchObject({ instanceId: 'one' });
    connection().close(new Error('gone'));
    expect(election.leader).toBeUndefined();
    await stop();
  });

  it('is led by another, as far as it knows, also when duties stop of a session that was lost', async () => {
    const { clock, connection, election, stop, stopped } = await stoppingLate();
    connection().close(new Error('gone'));
    await clock.run(1_000);
    connection().holders = (locks) =>
      Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
    const leader = { instanceId: 'leader', term: 5n };
    connection().tell({ type: 'elected', key: 1n, leader }, HOLDER);
    await clock.run(1_000);
    expect(election.leader).toEqual(leader);
    stopped.resolve();
    await settle();
    expect(election.leader).toEqual(leader);
    await stop();
  });

  it('counts its own resignation, also where it is strict', async () => {
    const { clock, election, stop } = instance({ takeover: 'strict' });
    await clock.run(1.02 * renewDeadline + 1);
    await election.resign();
    await clock.run(retryInterval + 1);
    expect(election.isLeader).toBe(true);
    await stop();
  });

  it('counts the resignation of another, where the key is its own', async () => {
    const holders = (locks: readonly bigint[]) =>
      Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
    let isFree = false;
    const { clock, connection, election, stop } = instance({
      takeover: 'strict',
      prepare: (made) => {
        made.holders = holders;
        made.tryLocks = (tries) => Promise.resolve(tries.map(() => (isFree ? 'lock' : undefined)));
      },
    });
    await clock.run(1);
    isFree = true;
    connection().tell({ type: 'resigned', key: 1n, instanceId: 'leader' }, HOLDER);
    await clock.run(heirInterval);
    expect(election.isLeader).toBe(true);
    await stop();
  });

  it('counts no resignation that is older than the deadline of a leader', async () => {
    let isFree = false;
    const { clock, connection, election, stop } = instance({
      takeover: 'strict',
      prepare: (made) => {
        made.holders = (locks) => Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
        made.tryLocks = (tries) => Promise.resolve(tries.map(() => (isFree ? 'lock' : undefined)));
      },
    });
    await clock.run(1);
    connection().tell({ type: 'resigned', key: 1n, instanceId: 'leader' }, HOLDER);
    await clock.run(renewDeadline + retryInterval);
    isFree = true;
    await clock.run(renewDeadline);
    expect(election.isLeader).toBe(false);
    await clock.run(retryInterval);
    expect(election.isLeader).toBe(true);
    await stop();
  });

  it('asks nobody who has claimed the lock where it may lead at once', async () => {
    let isFree = false;
    const { clock, connection, election, stop } = instance({
      prepare: (made) => {
        made.holders = (locks) => Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
        made.tryLocks = (tries) => Promise.resolve(tries.map(() => (isFree ? 'lock' : undefined)));
      },
    });
    await clock.run(1);
    connection().tell({ type: 'resigned', key: 1n, instanceId: 'leader' }, HOLDER);
    connection().tell({ type: 'acquired', key: 1n, instanceId: 'another' }, HOLDER + 1);
    isFree = true;
    await clock.run(retryInterval);
    expect(election.isLeader).toBe(true);
    expect(connection().statements).not.toContain('senders');
    await stop();
  });

  it('shows that it lives when its duties say so', async () => {
    const start = (_leadership: unknown, heartbeatNow: () => void) =>
      Promise.resolve(heartbeatNow());
    const { clock, connection, stop } = instance({ duties: { start } });
    await clock.run(0);
    expect(connection().statements).toContain('heartbeat');
    await stop();
  });

  it('does not tell that it leads where the first who heard of it made it resign', async () => {
    const { clock, election, events, stop } = instance();
    election.events.on(({ type }) => {
      if (type === 'elected') void election.resign();
    });
    await clock.run(0);
    const changes = events.filter(({ type }) => type === 'leader-changed');
    expect(changes).toMatchObject([{ leader: undefined }]);
    await stop();
  });

  it('tells nothing of the lease of a term that is over', async () => {
    const { clock, election, types, stop } = instance({
      duties: { stop: () => new Promise(() => undefined) },
    });
    await clock.run(0);
    void election.resign();
    clock.freeze(renewDeadline + 100);
    await clock.thaw();
    expect(types()).not.toContain('lease-unconfirmed');
    void stop();
  });

  it('does not resign where it does not lead', async () => {
    const { election, types, stop } = instance();
    await election.resign('two');
    expect(election.successor).toBeUndefined();
    expect(types()).not.toContain('demoted');
    await stop();
  });

  it('tells its listeners nothing more of a term that the first of them has ended', async () => {
    const started: string[] = [];
    const start = () => Promise.resolve(void started.push('started'));
    const { clock, election, types, stop } = instance({ duties: { start } });
    let resigned = false;
    election.events.on(({ type }) => {
      if (type !== 'leader-changed' || resigned) return;
      resigned = true;
      void election.resign();
    });
    await clock.run(0);
    expect(started).toEqual([]);
    expect(types()).toContain('released');
    await stop();
  });
});

describe('duties that can not be started', () => {
  const broken = () => Promise.reject(new Error('broken'));
  const waits = (milliseconds: number) =>
    `warn: "default": not contending for ${milliseconds} ms, so that another instance can lead`;

  it('end the term, are logged, and keep this instance from contending for a while', async () => {
    const { clock, election, events, lines, stop } = instance({ duties: { start: broken } });
    await clock.run(0);
    expect(events).toContainEqual(expect.objectContaining({ type: 'demoted', reason: 'error' }));
    expect(lines.slice(1)).toEqual([
      'log: No longer leading "default": term 1 is over (error)',
      'error: The duties of "default" failed in term 1: broken',
      waits(4_000),
    ]);
    await clock.run(3_999);
    expect(election.role).toBe('standby');
    await clock.run(1);
    expect(lines).toContain(waits(8_000));
    await stop();
  });

  it('keep it from contending for as long also where it was to resign while it stepped down', async () => {
    const stopped = deferred();
    const { clock, election, types, stop } = instance({
      duties: { start: broken, stop: () => stopped.promise },
    });
    await clock.run(0);
    const resigned = election.resign();
    stopped.resolve();
    await resigned;
    await clock.run(3_999);
    expect(types().filter((type) => type === 'elected')).toHaveLength(1);
    await stop();
  });

  it('count from the beginning after duties that could', async () => {
    const starts = [broken, () => Promise.resolve(), broken];
    const { clock, election, lines, stop } = instance({
      duties: { start: () => starts.shift()?.() ?? Promise.resolve() },
    });
    await clock.run(4_000);
    await election.resign();
    await clock.run(retryInterval);
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([waits(4_000), waits(4_000)]);
    await stop();
  });

  it('count on where those of an earlier term turn out to have started', async () => {
    const late = deferred();
    const starts = [broken, () => late.promise, broken];
    const { clock, election, lines, stop } = instance({
      duties: { start: () => starts.shift()?.() ?? Promise.resolve() },
    });
    await clock.run(4_000);
    await election.resign();
    late.resolve();
    await clock.run(retryInterval);
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([waits(4_000), waits(8_000)]);
    await stop();
  });

  it.each<[string, (signal: AbortSignal) => unknown]>([
    ['the reason of the signal', (signal) => signal.reason as unknown],
    ['an AbortError', () => Object.assign(new Error('stopped'), { name: 'AbortError' })],
  ])('may say that they were told to stop, by %s', async (_what, reasonOf) => {
    const { clock, election, lines, stop } = instance({
      duties: {
        start: ({ signal }) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => {
              // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- That is what is tested.
              reject(reasonOf(signal));
            });
          }),
      },
    });
    await clock.run(0);
    await election.resign();
    await settle();
    expect(lines).toHaveLength(2);
    await stop();
  });

  it('fail all the same with an AbortError that nobody has asked for', async () => {
    const start = () => Promise.reject(Object.assign(new Error('no'), { name: 'AbortError' }));
    const { clock, lines, stop } = instance({ duties: { start } });
    await clock.run(0);
    expect(lines).toContain('error: The duties of "default" failed in term 1: no');
    await stop();
  });

  it('are logged where they fail after they were told to stop, and keep nobody from contending', async () => {
    const start = deferred<Promise<void>>();
    const { clock, election, lines, stop } = instance({
      duties: { start: () => start.promise.then((failure) => failure) },
    });
    await clock.run(0);
    await election.resign();
    start.resolve(broken());
    await settle();
    expect(lines.slice(2)).toEqual(['error: The duties of "default" failed in term 1: broken']);
    await stop();
  });
});

describe('duties that may have to be caught up on', () => {
  it('are passed over where it can not be said when they are due', async () => {
    const nextDue = () => {
      throw new Error('broken');
    };
    const { clock, election, lines, stop } = instance({ duties: { nextDue } });
    await clock.run(0);
    const failed = 'error: Checking for missed ticks of "default" failed: Error: broken';
    expect(lines).toContain(failed);
    expect(election.isLeader).toBe(true);
    lines.length = 0;
    await election.resign();
    expect(lines).toContain(failed);
    await stop();
  });
});

describe('the moment since which a successor has to catch up', () => {
  const leader = { instanceId: 'leader', term: 5n };
  const [ANOTHER, STRANGER] = [HOLDER + 1, HOLDER + 2];

  /** A candidate that has seen a leader at the moment 0, unless that is 0, and gets the lock when the test lets it. */
  async function succeeding(first = HOLDER) {
    let [holder, isFree] = [first, false];
    const one = instance({
      duties: { nextDue: () => Infinity },
      prepare: (made) => {
        made.holders = (locks) =>
          Promise.resolve(
            locks.map(() => (holder === 0 ? undefined : { pid: holder, silence: 0 })),
          );
        made.tryLocks = (tries) => Promise.resolve(tries.map(() => (isFree ? 'lock' : undefined)));
      },
    });
    const { clock, connection, election } = one;
    await settle();
    const beganAt = clock.now().wall;
    const tell = (announcement: Announcement, sender: number) =>
      connection().tell(announcement, sender);
    if (first !== 0) tell({ type: 'elected', key: 1n, leader }, HOLDER);
    await clock.run(500);
    return {
      ...one,
      beganAt,
      tell,
      now: () => clock.now().wall - beganAt,
      /** What anybody says makes it look who holds the lock. */
      look: async (pid: number) => {
        holder = pid;
        tell({ type: 'leading', key: 1n, leader }, STRANGER);
        await clock.run(500);
      },
      /** It leads; what it is told then. */
      seenAt: async () => {
        isFree = true;
        await clock.run(retryInterval * 1.5);
        const { predecessorSeenAt } = election.leadership ?? {};
        return predecessorSeenAt && predecessorSeenAt.getTime() - beganAt;
      },
    };
  }

  it('is when the leader was seen', async () => {
    const { seenAt, stop } = await succeeding();
    expect(await seenAt()).toBe(0);
    await stop();
  });

  it('is when a look of another session has shown the leader', async () => {
    const { clock, election, now, seenAt, stop } = await succeeding();
    election.sawLeader(HOLDER, {
      holder: { pid: HOLDER, silence: 100 },
      askedAt: clock.now(),
    });
    const seen = now() - 100;
    expect(await seenAt()).toBe(seen);
    await stop();
  });

  it('is when one was seen to acquire the lock, where nobody is known to have led', async () => {
    const { look, now, seenAt, stop, tell } = await succeeding(0);
    expect(now()).toBe(500);
    tell({ type: 'acquired', key: 1n, instanceId: 'another' }, ANOTHER);
    await look(ANOTHER);
    expect(await seenAt()).toBeGreaterThan(500);
    await stop();
  });

  it('is when another was elected that had only been seen to acquire the lock', async () => {
    const { look, now, seenAt, stop, tell } = await succeeding();
    tell({ type: 'acquired', key: 1n, instanceId: 'another' }, ANOTHER);
    await look(ANOTHER);
    tell({ type: 'elected', key: 1n, leader: { ...leader, term: 6n } }, ANOTHER);
    const elected = now();
    expect(await seenAt()).toBe(elected);
    await stop();
  });

  it('is not when one says that it leads that had only been seen to acquire the lock', async () => {
    const { look, seenAt, stop, tell } = await succeeding();
    tell({ type: 'acquired', key: 1n, instanceId: 'another' }, ANOTHER);
    await look(ANOTHER);
    tell({ type: 'leading', key: 1n, leader: { ...leader, term: 6n } }, ANOTHER);
    expect(await seenAt()).toBe(0);
    await stop();
  });

  it('is when one was seen to hold the lock twice that nobody has heard of', async () => {
    const { look, now, seenAt, stop } = await succeeding();
    await look(ANOTHER);
    const before = now();
    await look(ANOTHER);
    expect(await seenAt()).toBeGreaterThan(before);
    await stop();
  });

  it('is not when one was seen to hold it once', async () => {
    const { look, seenAt, stop } = await succeeding();
    await look(ANOTHER);
    expect(await seenAt()).toBe(0);
    await stop();
  });

  it.each<[string, Partial<{ servedUntil: number }>, number]>([
    ['until when it served, where the leader has said so', { servedUntil: 300 }, 300],
    ['when the leader was seen, where it has not', {}, 0],
  ])('is %s when it gave the lock back', async (_what, { servedUntil }, expected) => {
    const { beganAt, seenAt, stop, tell } = await succeeding();
    const from = { type: 'resigned', key: 1n, instanceId: 'leader' } as const;
    const until = servedUntil === undefined ? {} : { servedUntil: beganAt + servedUntil };
    tell({ ...from, ...until }, HOLDER);
    expect(await seenAt()).toBe(expected);
    await stop();
  });
});

describe('a term that has settled', () => {
  it('has lasted for `retryInterval`', async () => {
    const timings = { ...defaultTimings, retryInterval: 1_000 };
    const { clock, election, stop } = instance({ timings });
    await clock.run(300);
    const outcome = settled(election.settled());
    await clock.run(699);
    expect(outcome).toEqual({});
    await clock.run(1);
    expect(outcome).toEqual({ value: true });
    await stop();
  });

  it('has lasted for two seconds, where that is less', async () => {
    const timings = { ...defaultTimings, retryInterval: 5_000 };
    const { clock, election, stop } = instance({ timings });
    await clock.run(0);
    const outcome = settled(election.settled());
    await clock.run(LONGEST_HOLD - 1);
    expect(outcome).toEqual({});
    await clock.run(1);
    expect(outcome).toEqual({ value: true });
    const pending = clock.pending;
    const later = settled(election.settled());
    expect(clock.pending).toBe(pending);
    await settle();
    expect(later).toEqual({ value: true });
    await stop();
  });

  it('is none where it ends before, or there is none', async () => {
    const { clock, election, stop } = instance();
    expect(await election.settled()).toBe(false);
    await clock.run(0);
    const outcome = settled(election.settled());
    await election.resign();
    await settle();
    expect(outcome).toEqual({ value: false });
    await stop();
  });
});

describe('an election that another leads', () => {
  const leader = { instanceId: 'leader', term: 5n };

  it('is told once, whatever the leader says again, and once that it is over', async () => {
    const { clock, election, events, tell, stop } = await observer();
    expect(election.role).toBe('observer');
    tell({ type: 'elected', key: 1n, leader });
    tell({ type: 'leading', key: 1n, leader });
    await clock.run(1);
    tell({ type: 'resigned', key: 1n, instanceId: 'leader' });
    tell({ type: 'resigned', key: 1n, instanceId: 'leader' });
    expect(events).toMatchObject([
      { type: 'leader-changed', leader },
      { type: 'leader-changed', leader: undefined },
    ]);
    await stop();
  });

  it('is told anew for each term', async () => {
    const { election, events, tell, stop } = await observer();
    tell({ type: 'elected', key: 1n, leader });
    tell({ type: 'elected', key: 1n, leader: { ...leader, term: 6n } });
    tell({ type: 'elected', key: 1n, leader: { instanceId: 'another', term: 6n } });
    expect(events).toHaveLength(3);
    expect(election.leader).toEqual({ instanceId: 'another', term: 6n });
    await stop();
  });

  it('does not begin in the future', async () => {
    const { clock, election, tell, stop } = await observer();
    const now = clock.now().wall;
    tell({ type: 'elected', key: 1n, leader: { ...leader, since: new Date(8.64e15) } });
    expect(election.leader).toEqual({ ...leader, since: new Date(now) });
    const [since, term] = [new Date(now - 1), 6n];
    tell({ type: 'elected', key: 1n, leader: { ...leader, term, since } });
    expect(election.leader).toEqual({ ...leader, term, since });
    tell({ type: 'elected', key: 1n, leader: { ...leader, term: 7n } });
    expect(election.leader).toStrictEqual({ ...leader, term: 7n });
    await stop();
  });

  it('is logged once, also without a term', async () => {
    const { lines, tell, stop } = await observer();
    tell({ type: 'elected', key: 1n, leader: { instanceId: 'leader' } });
    tell({ type: 'elected', key: 1n, leader });
    expect(lines).toEqual(['log: "default" is led by leader']);
    await stop();
  });

  it.each<[Takeover, Takeover | undefined]>([
    ['fast', 'fast'],
    ['strict', 'strict'],
    ['strict', undefined],
  ])('gives no warning where this one is %s and its leader %s', async (own, takeover) => {
    const { lines, tell, stop } = await observer(own);
    tell({ type: 'elected', key: 1n, leader, ...(takeover && { takeover }) });
    expect(lines.filter((line) => line.startsWith('warn'))).toEqual([]);
    await stop();
  });

  it('gives a warning where this one is strict and its leader fast', async () => {
    const { lines, tell, stop } = await observer('strict');
    tell({ type: 'elected', key: 1n, leader, takeover: 'fast' });
    expect(lines).toContain(
      `warn: The leader of "default" uses takeover: 'fast', but this instance uses 'strict'. 'strict' is only effective if all instances use it`,
    );
    await stop();
  });

  it('can be identified by its session later, where that has named its token', async () => {
    const { election, tell, stop } = await observer();
    expect(election.leaderSession).toBeUndefined();
    tell({ type: 'elected', key: 1n, leader });
    expect(election.leaderSession).toBeUndefined();
    tell({ type: 'leading', key: 1n, leader, token: 77n });
    expect(election.leaderSession).toEqual({ pid: HOLDER, token: 77n });
    tell({ type: 'elected', key: 1n, leader });
    expect(election.leaderSession).toEqual({ pid: HOLDER, token: 77n });
    expect(election.leadingMessage).toBeUndefined();
    election.forgetLeader();
    expect(election.leaderSession).toBeUndefined();
    expect(election.leader).toBeUndefined();
    await stop();
  });

  it('is not known any more when the connection is gone', async () => {
    const { connection, election, events, tell, stop } = await observer();
    tell({ type: 'elected', key: 1n, leader });
    tell({ type: 'stepping-down', key: 1n, instanceId: 'leader', servedUntil: 0, successor: 'b' });
    expect([election.successor, election.leader]).toEqual(['b', leader]);
    const error = new Error('gone');
    connection().close(error);
    await settle();
    expect([election.leader, election.successor]).toEqual([undefined, undefined]);
    expect(events.slice(1, 3)).toMatchObject([
      { type: 'leader-changed', leader: undefined },
      { type: 'connection-lost', error },
    ]);
    await stop();
  });

  it('names who leads next, until somebody leads', async () => {
    const observing = await observer();
    const { clock, election, tell, stop } = observing;
    tell({ type: 'elected', key: 1n, leader });
    const next = { key: 1n, instanceId: 'leader', successor: 'next' };
    observing.connection().tell({ type: 'resigned', ...next }, HOLDER + 1);
    const steppingDown = { type: 'stepping-down', ...next, servedUntil: 0 } as const;
    observing.connection().tell(steppingDown, HOLDER + 1);
    expect(election.successor).toBeUndefined();
    tell({ type: 'resigned', ...next });
    expect(election.successor).toBe('next');
    tell({ type: 'elected', key: 1n, leader: { ...leader, term: 6n } });
    await clock.run(1_000);
    expect(election.leader).toEqual({ ...leader, term: 6n });
    expect(election.successor).toBeUndefined();
    await stop();
  });

  it('ignores announcements of this instance', async () => {
    const { clock, connection, stop } = await observer();
    const looks = () => connection().statements.filter((name) => name === 'holders').length;
    connection().holders = (locks) => {
      connection().sent.push({
        statement: 'holders',
        answer: () => undefined,
        fail: () => undefined,
      });
      return Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
    };
    const before = looks();
    const acquired = { type: 'acquired', key: 1n, instanceId: 'one' } as const;
    connection().tell(acquired, connection().identity.pid);
    await clock.run(1_000);
    expect(looks()).toBe(before);
    connection().tell(acquired, HOLDER + 1);
    await clock.run(1_000);
    expect(looks()).toBeGreaterThan(before);
    await stop();
  });

  it.each([
    ['nobody holds the lock', undefined],
    ['another holds it, who has said nothing', { pid: HOLDER + 1, silence: 0 }],
  ])('is not known any more where a look shows that %s', async (_what, holder) => {
    const { clock, connection, election, tell, stop } = await observer();
    tell({ type: 'leading', key: 1n, leader, token: 77n });
    connection().holders = (locks) => Promise.resolve(locks.map(() => holder));
    connection().tell({ type: 'acquired', key: 1n, instanceId: 'two' }, HOLDER + 2);
    expect(election.leader).toEqual(leader);
    await clock.run(1_000);
    expect(election.leader).toBeUndefined();
    await stop();
  });

  it('is told by the session of the next leader once that has named its token', async () => {
    const { clock, connection, election, tell, stop } = await observer();
    tell({ type: 'leading', key: 1n, leader, token: 77n });
    const pid = HOLDER + 1;
    connection().holders = (locks) => Promise.resolve(locks.map(() => ({ pid, silence: 0 })));
    connection().tell({ type: 'elected', key: 1n, leader: { ...leader, term: 6n } }, pid);
    await clock.run(1_000);
    expect(election.leader?.term).toBe(6n);
    expect(election.leaderSession).toBeUndefined();
    await stop();
  });

  it('names who leads next also where the lock is seen to be free before that', async () => {
    const { clock, connection, election, tell, stop } = await observer();
    tell({ type: 'elected', key: 1n, leader });
    tell({ type: 'stepping-down', key: 1n, instanceId: 'leader', servedUntil: 0, successor: 'b' });
    connection().holders = (locks) => Promise.resolve(locks.map(() => undefined));
    connection().tell({ type: 'acquired', key: 1n, instanceId: 'two' }, HOLDER + 2);
    await clock.run(1_000);
    expect([election.leader, election.successor]).toEqual([undefined, 'b']);
    await stop();
  });

  it('is tried for soon once it is led by another, and not once more whatever that one says', async () => {
    const tries: number[] = [];
    let holder = HOLDER;
    const { clock, connection, stop } = instance({
      prepare: (made) => {
        made.holders = (locks) => Promise.resolve(locks.map(() => ({ pid: holder, silence: 0 })));
        made.tryLocks = (wanted) => {
          tries.push(clock.now().monotonic - 5_000);
          return Promise.resolve(wanted.map(() => undefined));
        };
      },
    });
    await clock.run(100);
    holder = HOLDER + 1;
    connection().tell({ type: 'elected', key: 1n, leader }, holder);
    await clock.run(50); // Until it has looked.
    for (let said = 0; said < 10; said += 1) {
      await clock.run(100);
      connection().tell({ type: 'leading', key: 1n, leader }, holder);
    }
    await clock.run(retryInterval - 1_200);
    expect(tries).toEqual([0, retryInterval / 8]);
    await stop();
  });

  it('is waited for by an heir, who stays it', async () => {
    let holder = HOLDER;
    const { clock, connection, election, stop } = instance({
      prepare: (made) => {
        made.holders = (locks) => Promise.resolve(locks.map(() => ({ pid: holder, silence: 0 })));
        made.tryLocks = (wanted) =>
          Promise.resolve(wanted.map(({ heir }) => (heir === undefined ? undefined : 'heir')));
      },
    });
    await clock.run(1);
    expect(election.role).toBe('heir');
    holder = HOLDER + 1;
    connection().tell({ type: 'elected', key: 1n, leader }, holder);
    await clock.run(1_000);
    expect([election.role, election.leader]).toEqual(['heir', leader]);
    expect(connection().statements).not.toContain('unlock');
    await stop();
  });

  it('gives this instance the lock first, where the leader has chosen it', async () => {
    let isFree = false;
    const tries: number[] = [];
    const { clock, connection, election, stop } = instance({
      prepare: (made) => {
        made.holders = (locks) => Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
        made.tryLocks = (wanted) => {
          tries.push(clock.now().monotonic);
          return Promise.resolve(wanted.map(() => (isFree ? 'lock' : undefined)));
        };
      },
    });
    await clock.run(1);
    const steppingDown = { type: 'stepping-down', key: 1n, instanceId: 'leader' } as const;
    connection().tell({ ...steppingDown, servedUntil: 0, successor: 'one' }, HOLDER);
    tries.length = 0;
    await clock.run(4 * heirInterval);
    expect(tries.length).toBeGreaterThanOrEqual(4);
    isFree = true;
    await clock.run(heirInterval);
    expect(election.isLeader).toBe(true);
    await stop();
  });

  it('keeps this instance from the lock for a while, where the leader has chosen another', async () => {
    const tries: number[] = [];
    const { clock, connection, stop } = instance({
      prepare: (made) => {
        made.holders = (locks) => Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
        made.tryLocks = (wanted) => {
          tries.push(clock.now().monotonic);
          return Promise.resolve(wanted.map(() => undefined));
        };
      },
    });
    await clock.run(retryInterval - 1);
    const steppingDown = { type: 'stepping-down', key: 1n, instanceId: 'leader' } as const;
    connection().tell({ ...steppingDown, servedUntil: 0, successor: 'two' }, HOLDER);
    tries.length = 0;
    await clock.run(retryInterval - 1);
    expect(tries).toEqual([]);
    await clock.run(1);
    expect(tries).toHaveLength(1);
    await stop();
  });
});
