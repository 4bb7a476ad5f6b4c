import { describe, expect, it } from '@jest/globals';
import type { Announcement } from '../../lib/core/model/announcement.js';
import type { Connector } from '../../lib/core/port/connection.js';
import { Election } from '../../lib/core/election/election.js';
import { Instance } from '../../lib/core/fleet/instance.js';
import { guarded, silentLogger, type ElectionLogger } from '../../lib/core/common/logger.js';
import { CLOCK_TOLERANCE } from '../../lib/core/election/takeover-rule.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { StandaloneConnector } from '../../lib/core/standalone/standalone-connector.js';
import { hostileValues } from '../support/hostile-values.js';
import { idleDuties } from '../support/idle-duties.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';
import type { Takeover } from '../../lib/core/model/takeover.js';
import { deferred } from '../../lib/core/time/wait.js';
import type { Duties } from '../../lib/core/model/election-setup.js';
import type { ServerFacts } from '../../lib/core/port/server-history.js';
import type { Sender } from '../../lib/core/port/messages.js';
import type { Granted, Holder } from '../../lib/core/port/locks.js';

interface Surroundings {
  /** What the server tells about itself. */
  readonly server: Partial<ServerFacts>;
  readonly sharesKey: boolean;
}

/** The process of the server that holds the lock. */
const HOLDER = 7;

/** A strict observer that has seen who holds the lock. */
async function following() {
  const clock = new ManualClock();
  const connection = new ScriptedConnection(clock);
  connection.holders = (locks) => Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
  const logged: string[] = [];
  const warned: string[] = [];
  const logger = {
    ...silentLogger,
    log: (message: string) => logged.push(message),
    warn: (message: string) => warned.push(message),
  };
  const connector: Connector = { connect: () => Promise.resolve(connection) };
  const instance = lonely({ clock, connector, logger, takeover: 'strict', candidate: false });
  await settle();
  return { ...instance, connection, logged, warned };
}

/** An instance that is alone, so that it leads as soon as it runs, on a clock of the test. */
function lonely({
  duties = idleDuties,
  logger = silentLogger,
  clock = new ManualClock(),
  connector = new StandaloneConnector(clock),
  takeover = 'fast',
  candidate = true,
  sharesKey = false,
}: {
  duties?: Duties;
  logger?: ElectionLogger;
  clock?: ManualClock;
  connector?: Connector;
  takeover?: Takeover;
  candidate?: boolean;
  sharesKey?: boolean;
}) {
  const common = { clock, logger: guarded(logger), random: () => 0.5, timings: defaultTimings };
  const election = new Election({
    ...common,
    name: 'default',
    keys: { lock: 1n, heir: 2n },
    candidate,
    takeover,
    sharesKey,
    self: { instanceId: 'lonely' },
    duties,
  });
  const self = { instanceId: 'lonely', version: 'of the test' };
  const instance = new Instance({ ...common, self, connector, elections: [election] });
  const events: string[] = [];
  election.events.on(({ type }) => events.push(type));
  const stop = new AbortController();
  const ended = instance.run(stop.signal);
  return {
    clock,
    election,
    instance,
    events,
    elected: () => clock.run(1_000),
    stop: async () => {
      stop.abort();
      await settle();
      await ended;
    },
  };
}

/** Connections of which the first grants every lock, and the others none; `prepare` is shown each. */
function granting(
  clock: ManualClock,
  prepare: (connection: ScriptedConnection, isFirst: boolean) => void = () => undefined,
) {
  const connections: ScriptedConnection[] = [];
  const connector: Connector = {
    connect: () => {
      const connection = new ScriptedConnection(clock);
      const isFirst = connections.push(connection) === 1;
      if (isFirst) connection.tryLocks = (tries) => Promise.resolve(tries.map(() => 'lock'));
      prepare(connection, isFirst);
      return Promise.resolve(connection);
    },
  };
  return { connections, connector };
}

describe('an election', () => {
  it('tells that it was elected before it tells that it resigned, also to who makes it resign', async () => {
    const { election, events, elected, stop } = lonely({});
    election.events.on(({ type }) => {
      if (type === 'elected') void election.resign();
    });
    await elected();
    await stop();
    const ownTerms = events.filter((type) => type === 'elected' || type === 'demoted');
    expect(ownTerms.slice(0, 2)).toEqual(['elected', 'demoted']);
  });

  it('does not take its own life for its predecessor’s, when a look at that one waited behind the try that won', async () => {
    const clock = new ManualClock();
    const connection = new ScriptedConnection(clock);
    const lastLife = clock.now().wall - 5_000;
    const due = clock.now().wall + 10;
    const won = deferred<Granted[]>();
    const tries: Promise<Granted[]>[] = [Promise.resolve(['heir']), won.promise];
    let holdsLock = false;
    connection.tryLocks = () => tries.shift() ?? Promise.resolve([undefined]);
    // What the server tells of the holder of the lock, whoever that is by then.
    connection.holders = () =>
      Promise.resolve([
        holdsLock
          ? { pid: connection.identity.pid, silence: 0 }
          : { pid: HOLDER, silence: clock.now().wall - lastLife },
      ]);
    const { election, elected, stop } = lonely({
      clock,
      connector: { connect: () => Promise.resolve(connection) },
      duties: { ...idleDuties, nextDue: (seenAt) => (due > seenAt ? due : undefined) },
    });

    await clock.run(2 * defaultTimings.heirInterval);
    holdsLock = true;
    won.resolve(['lock']);
    await elected();

    expect(election.leadership?.predecessorSeenAt).toEqual(new Date(lastLife));
    await stop();
  });

  it('does not take whoever had the lock for a moment, and left it to the heir, for its predecessor', async () => {
    const clock = new ManualClock();
    const connection = new ScriptedConnection(clock);
    const lastLife = clock.now().wall - 5_000;
    const due = clock.now().wall + 10;
    let [looks, isFree] = [0, false];
    const heirOrLock = () => (isFree ? 'lock' : 'heir');
    connection.tryLocks = (tries) =>
      Promise.resolve(tries.map(({ heir }) => (heir || isFree ? heirOrLock() : undefined)));
    connection.holders = () => {
      looks += 1;
      return Promise.resolve([
        looks === 3
          ? { pid: HOLDER + 1, silence: 0 }
          : { pid: HOLDER, silence: clock.now().wall - lastLife },
      ]);
    };
    const { election, elected, stop } = lonely({
      clock,
      connector: { connect: () => Promise.resolve(connection) },
      duties: { ...idleDuties, nextDue: (seenAt) => (due > seenAt ? due : undefined) },
    });

    await clock.run(1_000);
    expect(looks).toBeGreaterThan(3);
    isFree = true;
    await elected();

    expect(election.leadership?.predecessorSeenAt).toEqual(new Date(lastLife));
    await stop();
  });

  it('logs in one line who leads, and once for a connection, whatever the holder of the lock announces', async () => {
    const { clock, connection, election, logged, stop } = await following();
    for (let n = 0n; n < 100n; n += 1n) {
      const leader = { instanceId: `pod-${n}\nERROR forged\u001b[31m`, term: n };
      connection.tell({ type: 'leading', key: 1n, leader }, HOLDER);
      await clock.run(10);
    }
    expect(election.leader?.instanceId).toContain('pod-99');
    expect(logged).toEqual(['"default" is led by pod-0\\nERROR forged\\u001b[31m in term 0']);
    await stop();
  });

  it('learns nothing from a process that does not hold the lock', async () => {
    const { clock, connection, election, logged, stop } = await following();
    const leader = { instanceId: 'leader', term: 5n };
    connection.tell({ type: 'elected', key: 1n, leader }, HOLDER);
    const stranger = { instanceId: 'stranger', term: 2n ** 64n - 1n, since: new Date(8.64e15) };
    for (const type of ['acquired', 'elected', 'leading', 'stepping-down', 'resigned'] as const) {
      const from = { instanceId: 'leader', leader: stranger, servedUntil: 8.64e15 };
      connection.tell({ type, key: 1n, ...from }, HOLDER + 1);
      await clock.run(1_000);
    }
    expect(election.leader?.instanceId).toBe('leader');
    expect(logged).toHaveLength(1);
    await stop();
  });

  it('warns once that strict can’t keep its promise beside a leader that is fast', async () => {
    const { connection, warned, stop } = await following();
    const leader = { instanceId: 'leader', term: 5n };
    connection.tell({ type: 'elected', key: 1n, leader, takeover: 'fast' }, HOLDER);
    connection.tell({ type: 'leading', key: 1n, leader, takeover: 'fast' }, HOLDER);
    expect(warned).toEqual([expect.stringContaining("takeover: 'fast'")]);
    await stop();
  });

  it('knows itself as the leader when it tells that it was elected', async () => {
    const { election, elected, stop } = lonely({});
    const leaders: (string | undefined)[] = [];
    election.events.on(({ type }) => {
      if (type === 'elected') leaders.push(election.leader?.instanceId);
    });
    await elected();
    await stop();
    expect(leaders).toEqual(['lonely']);
  });

  it('lets others go first until it could lead at once, when it has lost its session', async () => {
    const clock = new ManualClock();
    const { connections, connector } = granting(clock);
    const { elected, election, stop } = lonely({ clock, connector });
    await elected();
    expect(election.isLeader).toBe(true);
    connections[0]?.close(new Error('terminated'));
    await clock.run(defaultTimings.renewDeadline);
    expect(connections).toHaveLength(2);
    expect(connections[1]?.statements).not.toContain('tryLocks');
    await clock.run(defaultTimings.renewDeadline * CLOCK_TOLERANCE + 1);
    expect(connections[1]?.statements).toContain('tryLocks');
    await stop();
  });

  it('with strict, where the wait begins with the lock, takes one that all others have left alone', async () => {
    const clock = new ManualClock();
    const { connections, connector } = granting(clock);
    const { elected, stop } = lonely({ clock, connector, takeover: 'strict' });
    await elected();
    connections[0]?.close(new Error('terminated'));
    await clock.run(defaultTimings.retryInterval);
    expect(connections[1]?.statements).not.toContain('tryLocks');
    await clock.run(defaultTimings.retryInterval);
    expect(connections[1]?.statements).toContain('tryLocks');
    await stop();
  });

  describe.each(['fast', 'strict'] as const)(
    'that has lost its session just now (%s)',
    (takeover) => {
      const successor = HOLDER + 1;
      const resigned: Announcement = { type: 'resigned', key: 1n, instanceId: 'leader' };
      const elected: Announcement = {
        type: 'elected',
        key: 1n,
        leader: { instanceId: 'successor', term: 5n },
        takeover,
      };

      /** It has led, lost its session, and found another that leads. */
      async function reconnected({ sharesKey = false, server = {} }: Partial<Surroundings> = {}) {
        const clock = new ManualClock();
        const { connections, connector } = granting(clock, (connection, isFirst) => {
          if (!isFirst) Object.assign(connection.server, server);
          connection.holders = (locks) =>
            Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
        });
        const { election, stop } = lonely({ clock, connector, takeover, sharesKey });
        await clock.run(2 * defaultTimings.renewDeadline);
        expect(election.isLeader).toBe(true);
        connections[0]?.close(new Error('terminated'));
        await clock.run(1_000);
        const connection = connections[1] as ScriptedConnection;
        expect(connection.statements).not.toContain('tryLocks');
        const grant = () => {
          connection.tryLocks = (tries) => Promise.resolve(tries.map(() => 'lock'));
        };
        /** Long before it could lead without having seen its predecessor resign. */
        const leads = async () => {
          await clock.run(defaultTimings.heirInterval);
          return election.isLeader;
        };
        return { clock, connection, election, grant, leads, stop };
      }

      it('leads at once where it sees the leader resign', async () => {
        const { clock, connection, grant, leads, stop } = await reconnected();
        connection.tell(resigned, HOLDER);
        grant();
        expect(await leads()).toBe(true);
        await stop();
        expect(clock.pending).toBe(0);
      });

      it('leads at once where it sees that while it asks who holds the lock', async () => {
        const { clock, connection, grant, leads, stop } = await reconnected();
        const asked = deferred<(Holder | undefined)[]>();
        connection.holders = () => asked.promise;
        await clock.run(1.5 * defaultTimings.retryInterval); // With `strict`, it asks by then.
        connection.tell(resigned, HOLDER);
        asked.resolve([{ pid: HOLDER, silence: 0 }]);
        grant();
        expect(await leads()).toBe(true);
        await stop();
      });

      it('leads at once although the server has just started, or was promoted', async () => {
        const server = { uptime: 500, replayed: true };
        const { connection, grant, leads, stop } = await reconnected({ server });
        connection.tell(resigned, HOLDER);
        grant();
        expect(await leads()).toBe(true);
        await stop();
      });

      it.each<[string, number, Partial<Surroundings>]>([
        ['somebody says so that does not hold the lock', successor, {}],
        ['software written elsewhere uses the key, too', HOLDER, { sharesKey: true }],
      ])('waits where %s', async (_why, sender, surroundings) => {
        const { connection, grant, leads, stop } = await reconnected(surroundings);
        connection.tell(resigned, sender);
        grant();
        expect(await leads()).toBe(false);
        await stop();
      });

      it('waits where another has claimed the lock since, and is gone', async () => {
        const { connection, grant, leads, stop } = await reconnected();
        connection.tell(resigned, HOLDER);
        connection.tell({ ...elected, type: 'acquired', instanceId: 'successor' }, successor);
        grant();
        expect(await leads()).toBe(false);
        await stop();
      });

      it('lets others go first again where another leads before it has got the lock', async () => {
        const { clock, connection, election, stop } = await reconnected();
        const { tryLocks } = connection;
        connection.tryLocks = async (tries) => {
          await tryLocks(tries);
          return tries.map(({ heir }) => (heir === undefined ? undefined : 'heir'));
        };
        connection.tell(resigned, HOLDER);
        await clock.run(1);
        expect(connection.statements).toContain('tryLocks');
        expect(election.role).toBe('heir');
        connection.holders = (locks) =>
          Promise.resolve(locks.map(() => ({ pid: successor, silence: 0 })));
        connection.tell(elected, successor);
        await clock.run(1_000); // Until it has looked.
        const tries = () => connection.statements.filter((name) => name === 'tryLocks').length;
        const before = tries();
        await clock.run(defaultTimings.retryInterval);
        expect(tries()).toBe(before);
        expect(election.role).toBe('standby');
        expect(connection.statements).not.toContain('drawTerm');
        await clock.run(defaultTimings.renewDeadline);
        expect(tries()).toBeGreaterThan(before);
        await stop();
      });

      it('goes on with the next session where this one ends while it asks who holds the lock', async () => {
        const { clock, connection, election, stop } = await reconnected();
        connection.holders = () => new Promise(() => undefined);
        await clock.run(1.5 * defaultTimings.retryInterval);
        connection.close(new Error('terminated'));
        await clock.run(1_000);
        expect(election.role).toBe('standby');
        await stop();
        expect(election.role).toBe('stopped');
      });

      it('lets others go first for as long as the lock is held', async () => {
        const { clock, connection, stop } = await reconnected();
        await clock.run(defaultTimings.renewDeadline - 1_000);
        expect(connection.statements).not.toContain('tryLocks');
        await clock.run(defaultTimings.renewDeadline * CLOCK_TOLERANCE + 1);
        expect(connection.statements).toContain('tryLocks');
        await stop();
      });
    },
  );

  describe('that is strict, and has seen the holder of the lock resign', () => {
    /** The lock is given back; a candidate gets it at its next try. */
    async function afterResignation(claim?: Announcement) {
      const clock = new ManualClock();
      const connection = new ScriptedConnection(clock);
      connection.holders = (locks) =>
        Promise.resolve(locks.map(() => ({ pid: HOLDER, silence: 0 })));
      const connector: Connector = { connect: () => Promise.resolve(connection) };
      const { election, stop } = lonely({ clock, connector, takeover: 'strict' });
      await clock.run(defaultTimings.heirInterval);
      connection.tell({ type: 'resigned', key: 1n, instanceId: 'leader' }, HOLDER);
      if (claim) connection.tell(claim, HOLDER + 1);
      connection.tryLocks = (tries) => Promise.resolve(tries.map(() => 'lock'));
      const leads = async () => {
        await clock.run(2 * defaultTimings.retryInterval);
        return election.isLeader;
      };
      return { clock, connection, election, leads, stop };
    }

    const acquired: Announcement = {
      type: 'acquired',
      key: 1n,
      instanceId: 'fast',
      takeover: 'fast',
    };

    it('leads at once', async () => {
      const { leads, stop } = await afterResignation();
      expect(await leads()).toBe(true);
      await stop();
    });

    it('waits where a fast leader has acquired the lock since, and is gone', async () => {
      const { clock, election, leads, stop } = await afterResignation(acquired);
      expect(await leads()).toBe(false);
      await clock.run(defaultTimings.renewDeadline);
      expect(election.isLeader).toBe(true);
      await stop();
    });

    it('leads at once where somebody says so that does not hold the lock', async () => {
      const { connection, leads, stop } = await afterResignation(acquired);
      connection.senders = (pids) =>
        Promise.resolve(pids.map((pid) => ({ pid, age: undefined, trusted: false })));
      expect(await leads()).toBe(true);
      await stop();
    });

    it.each([
      ['the session ends', true],
      ['it is stopped', false],
    ])(
      'does not lead where %s while it asks who else has claimed the lock',
      async (_what, ends) => {
        const { clock, connection, election, leads, stop } = await afterResignation(acquired);
        const answer = deferred<Sender[]>();
        connection.senders = () => answer.promise;
        expect(await leads()).toBe(false);
        const stopped = ends ? undefined : stop();
        if (ends) connection.close(new Error('terminated'));
        answer.resolve([{ pid: HOLDER + 1, age: undefined, trusted: false }]);
        await clock.run(1);
        expect(election.isLeader).toBe(false);
        await (stopped ?? stop());
        expect(election.role).toBe('stopped');
      },
    );

    it('waits where others could not be told that it has acquired the lock', async () => {
      const { clock, connection, election, leads, stop } = await afterResignation();
      connection.drawTermsAndAnnounce = () => Promise.resolve(undefined);
      expect(await leads()).toBe(false);
      await clock.run(defaultTimings.renewDeadline);
      expect(election.isLeader).toBe(true);
      await stop();
    });
  });

  it('steps down in order: the signal aborts, duties are told to stop, others hear of it, and the lock is released last', async () => {
    const order: string[] = [];
    const release = deferred();
    const { election, elected, stop } = lonely({
      duties: {
        ...idleDuties,
        start: ({ signal }) => {
          signal.addEventListener('abort', () => order.push(`abort, leads: ${election.isLeader}`));
          return Promise.resolve();
        },
        stop: () => {
          order.push('duties stop');
          return release.promise;
        },
      },
    });
    election.events.on(({ type }) => {
      if (type === 'demoted' || type === 'released') order.push(type);
    });
    await elected();
    const resigned = election.resign();
    await settle();
    expect(order).toEqual(['abort, leads: false', 'duties stop', 'demoted']);
    release.resolve();
    await resigned;
    expect(order.at(-1)).toBe('released');
    await stop();
  });

  it('does not start duties of a leadership that is over before they could begin', async () => {
    const started: string[] = [];
    const duties = { ...idleDuties, start: () => Promise.resolve(void started.push('started')) };
    const { election, elected, stop } = lonely({ duties });
    election.events.on(({ type }) => {
      if (type === 'elected') void election.resign();
    });
    await elected();
    await stop();
    expect(started).toEqual([]);
  });

  it.each(hostileValues)(
    'releases the lock and goes on when stopping the duties fails: with $what',
    async ({ make }) => {
      const fail = () => {
        throw make();
      };
      for (const stopDuties of [fail, async () => fail()]) {
        const lines: string[] = [];
        const { election, events, elected, stop } = lonely({
          duties: { ...idleDuties, stop: stopDuties },
          logger: {
            ...silentLogger,
            warn: (line) => lines.push(line),
            error: (line) => lines.push(line),
          },
        });
        await elected();
        await election.resign();
        expect(events).toContain('released');
        expect(lines).toEqual([
          expect.stringMatching(/^Stopping the duties of "default" failed: ./),
        ]);
        await stop();
      }
    },
  );

  it('leads again after stopping the duties has failed', async () => {
    const duties = { ...idleDuties, stop: () => Promise.reject(new Error('broken')) };
    const { clock, election, elected, stop } = lonely({ duties });
    await elected();
    await election.resign();
    await clock.run(2 * defaultTimings.retryInterval);
    expect(election.isLeader).toBe(true);
    await stop();
    expect(election.role).toBe('stopped');
  });

  it('demotes, and ends, whatever the logger throws', async () => {
    const fail = () => {
      throw new Error('disk full');
    };
    const { election, instance, events, elected, stop } = lonely({
      logger: { log: fail, warn: fail, error: fail },
    });
    await elected();
    expect(election.isLeader).toBe(true);
    await stop();
    expect(events).toContain('demoted');
    expect(instance.connected).toBe(false);
  });

  it('abandons duties that take longer than stopTimeout, and names them', async () => {
    const warnings: string[] = [];
    const { clock, election, events, elected, stop } = lonely({
      duties: {
        ...idleDuties,
        stop: () => new Promise(() => undefined),
        unfinished: () => ['Reports.send'],
      },
      logger: { ...silentLogger, warn: (message) => warnings.push(message) },
    });
    await elected();
    const resigned = election.resign();
    await clock.run(defaultTimings.stopTimeout - 1);
    expect(events).not.toContain('released');
    await clock.run(1);
    await resigned;
    expect(events).toContain('released');
    expect(warnings.join('\n')).toContain('Reports.send');
    await stop();
  });

  it('hurries the duties when half of stopTimeout is gone, and not before', async () => {
    const hurries: AbortSignal[] = [];
    const { clock, election, elected, stop } = lonely({
      duties: {
        ...idleDuties,
        stop: (_leadership, _reason, hurry) => {
          hurries.push(hurry);
          return new Promise(() => undefined);
        },
      },
    });
    await elected();
    const resigned = election.resign();
    await clock.run(defaultTimings.stopTimeout / 2 - 1);
    expect(hurries.map(({ aborted }) => aborted)).toEqual([false]);
    await clock.run(1);
    expect(hurries.map(({ aborted }) => aborted)).toEqual([true]);
    await clock.run(defaultTimings.stopTimeout / 2);
    await resigned;
    await stop();
  });

  it('leaves no timer and no listener behind', async () => {
    const { clock, election, elected, stop } = lonely({});
    await elected();
    for (let i = 0; i < 50; i += 1) {
      await election.resign();
      await clock.run(2 * defaultTimings.retryInterval);
    }
    await stop();
    expect(clock.pending).toBe(0);
    expect(election.events.size).toBe(1);
  });
});
