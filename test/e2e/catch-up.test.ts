import { describe, expect, it } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Cron, Interval, SchedulerRegistry } from '@nestjs/schedule';
import { LeaderElectionModule, LeaderOnly } from 'nestjs-leader-election';
import { electionKeys } from '../../lib/core/postgres/lock-key.js';
import { appsOn, boot } from '../support/app.js';
import { testDatabase } from '../support/database.js';
import {
  cronProcesses,
  monotonicNow,
  type ElectorProcess,
} from '../support/processes/elector-process.js';
import { endSession, heirs } from '../support/sessions.js';
import { strangerIn } from '../support/stranger.js';
import { Diary, eventually, latch, timeline } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);
const startProcess = await cronProcesses();
const stranger = await strangerIn(database);

/** A duty that keeps its leader from letting go until the test says so. */
@Injectable()
class LongDuty {
  readonly finish = latch();

  constructor(private readonly diary: Diary) {}

  @LeaderOnly()
  @Interval('long', 5)
  async long() {
    this.diary.note('long');
    await this.finish.opened;
  }

  /** As in every instance of the application, there is something that a successor catches up on. */
  @LeaderOnly({ catchUp: true })
  @Cron('0 0 1 1 *')
  yearly() {
    // Not today.
  }
}

function jobDueAt(due: number, catchUp: boolean) {
  @Injectable()
  class Job {
    constructor(private readonly diary: Diary) {}

    @LeaderOnly({ catchUp })
    @Cron(new Date(due))
    once() {
      this.diary.note('once');
    }

    @LeaderOnly()
    @Interval(5)
    afterwards() {
      this.diary.note('afterwards');
    }
  }
  return Job;
}

/** A leader steps down, for which it takes its time; its successor has a job that was due at a moment before or after. */
async function gracefulFailover({ due, catchUp }: { due: 'before' | 'after'; catchUp: boolean }) {
  const leader = await startApp('leader', { providers: [LongDuty] });
  await timeline.shows('leader: long');
  leader.get(SchedulerRegistry).deleteInterval('long');
  const before = Date.now();
  await eventually(() => Date.now() > before);
  const resigned = leader.election.resign();
  const after = Date.now() + 1;
  const Job = jobDueAt(due === 'before' ? before : after, catchUp);
  const successor = await startApp('successor', { providers: [Job] });
  await successor.waitsInLine();
  leader.get(LongDuty).finish.open();
  await resigned;
  await timeline.shows('successor: afterwards');
  return timeline.entries.filter((entry) => entry === 'successor: once').length;
}

describe('a job that was due when the old leader was stepping down', () => {
  it('runs once, at once, on the new leader, if it catches up', async () => {
    expect(await gracefulFailover({ due: 'after', catchUp: true })).toBe(1);
  });

  it('is left out, if it does not catch up', async () => {
    expect(await gracefulFailover({ due: 'after', catchUp: false })).toBe(0);
  });

  it('does not run on the new leader, if it was due before', async () => {
    expect(await gracefulFailover({ due: 'before', catchUp: true })).toBe(0);
  });
});

/** Starts the heir of a leader that runs in a process of its own. */
async function startHeir(options: object): Promise<ElectorProcess> {
  const heir = startProcess({ ...options, instanceId: 'heir' });
  await eventually(async () => (await heirs(database)).includes('heir'));
  return heir;
}

let elections = 0;
/** The options of an election of the test's own, in which a frozen leader keeps the lock until it is killed. */
const election = () => ({
  connection: database.url,
  elections: [`election ${(elections += 1)}`],
  heirInterval: 20,
  leaseDuration: 60_000,
});

const runsOf = ({ reports }: ElectorProcess) => reports.filter(({ what }) => what === 'ran').length;

describe('a job that was due when the old leader was frozen, and then killed', () => {
  it.each([
    { catchUp: true, runs: 1, outcome: 'runs once on the new leader, if it catches up' },
    { catchUp: false, runs: 0, outcome: 'is left out, if it does not catch up' },
  ])('$outcome', async ({ catchUp, runs }) => {
    const options = election();
    const leader = startProcess({ ...options, due: '0 0 1 1 *', instanceId: 'leader' });
    await leader.report('elected');
    leader.signal('SIGSTOP');
    // What the leader had sent before it froze may reach the server a moment later.
    const due = Date.now() + 500;
    const heir = await startHeir({ ...options, due, catchUp });
    if (catchUp) await heir.report('looked'); // After the leader's end there is nobody to look at.
    await eventually(() => Date.now() > due);
    leader.signal('SIGKILL');
    await heir.report('elected');
    if (runs > 0) await heir.report('ran');
    await heir.stop();
    expect(runsOf(heir)).toBe(runs);
  });
});

/** What a stranger says of the leader of an election. */
const lies = (name: string, servedUntil: number) =>
  (['stepping-down', 'resigned'] as const).map((type) => ({
    type,
    key: String(electionKeys(name).lock),
    instanceId: 'leader',
    servedUntil,
  }));

describe('a job that catches up, while a stranger says until when the leader served', () => {
  it.each([
    ['the year 2100', Date.UTC(2100, 0, 1)],
    ['the last date there is', 8.64e15],
    ['the first date there is', -8.64e15],
  ])('runs once on the new leader, if nobody else ran it: %s', async (_what, moment) => {
    const options = election();
    const [name = ''] = options.elections;
    const leader = startProcess({ ...options, due: '0 0 1 1 *', instanceId: 'leader' });
    await leader.report('elected');
    leader.signal('SIGSTOP');
    const due = Date.now() + 500;
    const heir = await startHeir({ ...options, due, catchUp: true });
    await heir.report('looked');
    await stranger.send(...lies(name, moment), ...lies(name, due + 1));
    await eventually(() => Date.now() > due);
    leader.signal('SIGKILL');
    await heir.report('elected');
    await heir.report('ran');
    await heir.stop();
    expect(runsOf(heir)).toBe(1);
  });

  it('does not run again on the new leader, if the old one ran it', async () => {
    const options = election();
    const [name = ''] = options.elections;
    const often = { due: '* * * * * *', catchUp: true, instanceId: 'leader' };
    const leader = startProcess({ ...options, ...often });
    await leader.report('ran');
    const due = Date.now() - 5_000; // It has shown life since, beyond doubt.
    const heir = await startHeir({ ...options, due, catchUp: true });
    await stranger.send(...lies(name, due - 1_000));
    leader.signal('SIGKILL');
    await heir.report('elected');
    await heir.stop();
    expect(runsOf(heir)).toBe(0);
  });
});

describe('a job that another leader ran while a former leader waited', () => {
  it('does not run again when the former leader is elected again', async () => {
    const options = { ...election(), catchUp: true };
    const former = startProcess({ ...options, due: '0 0 1 1 *', instanceId: 'former' });
    await former.report('elected');
    const another = await startHeir({ ...options, due: '* * * * * *' });
    await endSession(database, 'former');
    const { at: electedAt } = await another.report('elected');
    // Until it knows who leads, it does not take the holder of the lock for a leader.
    await former.report('follows', electedAt);
    // Between two ticks of the other's job, so that no sign of life is so near that clocks have to agree to a millisecond.
    const due = (Math.floor(Date.now() / 1_000) + 1) * 1_000 + 500;
    await former.setDue(due);
    await former.seesLeaderAfter(due);
    const killedAt = monotonicNow();
    another.signal('SIGKILL');
    await former.report('elected', killedAt);
    await former.stop();
    expect(runsOf(former)).toBe(0);
  });
});

describe('a job that the old leader ran before it was killed', () => {
  it('does not run again on the new leader', async () => {
    const options = election();
    const leader = startProcess({
      ...options,
      due: '* * * * * *',
      catchUp: true,
      instanceId: 'leader',
    });
    await leader.report('ran');
    const due = Date.now() - 5_000; // It has shown life since, beyond doubt.
    const heir = await startHeir({ ...options, due, catchUp: true });
    leader.signal('SIGKILL');
    await heir.report('elected');
    await heir.stop();
    expect(runsOf(heir)).toBe(0);
  });
});

describe('catchUp', () => {
  it('is refused where there is nothing to catch up on', async () => {
    @Injectable()
    class Jobs {
      @LeaderOnly({ catchUp: true })
      @Interval(1_000)
      poll() {
        // An interval has no moment that could be missed.
      }
    }
    await expect(
      boot({
        imports: [LeaderElectionModule.forRoot({ connection: database.url })],
        providers: [Jobs],
      }),
    ).rejects.toThrow(/catchUp: true }\) on Jobs\.poll: only @Cron\(\) jobs can catch up/);
  });
});
