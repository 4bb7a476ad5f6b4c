// `scheduledJobs: 'leader-only'`: jobs that nothing decorates run on the leader. And what two schedulers do.
import assert from 'node:assert/strict';
import { Inject, Injectable } from '@nestjs/common';
import {
  Cron,
  CronExpression,
  Interval,
  ScheduleModule,
  SchedulerRegistry,
  Timeout,
} from '@nestjs/schedule';
import {
  EveryInstance,
  type LeaderElectionModuleOptions,
  LeaderOnly,
} from 'nestjs-leader-election';
import { start } from './instance.js';
import { Timeline } from './timeline.js';

const ran = new Timeline();

@Injectable()
class Jobs {
  constructor(@Inject('instance') private readonly instance: string) {}

  @Cron(CronExpression.EVERY_SECOND, { name: 'cron' })
  cron() {
    ran.note(`${this.instance}: cron`);
  }

  @Interval('interval', 20)
  interval() {
    ran.note(`${this.instance}: interval`);
  }

  @Timeout('timeout', 20)
  timeout() {
    ran.note(`${this.instance}: timeout`);
  }

  @EveryInstance()
  @Interval('everywhere', 20)
  everywhere() {
    ran.note(`${this.instance}: everywhere`);
  }
}

export async function jobs() {
  const first = await startJobs('first', { scheduledJobs: 'leader-only' });
  await first.leads();
  const second = await startJobs('second', { scheduledJobs: 'leader-only' });
  const other = await startJobs('other', { candidate: false });

  await allRan('first');
  await allRan('other');
  await ran.shows('second: everywhere');
  assert.deepEqual(active(second.app.get(SchedulerRegistry)), ['everywhere']);
  assert.deepEqual(
    ran.of('second').filter((entry) => entry !== 'second: everywhere'),
    [],
  );

  await first.close();
  await second.leads();
  await allRan('second');
  await second.close();
  await other.close();
}

function startJobs(instanceId: string, options: LeaderElectionModuleOptions) {
  return start(
    { elections: ['jobs'], instanceId, ...options },
    {
      imports: [ScheduleModule.forRoot()],
      providers: [Jobs, { provide: 'instance', useValue: instanceId }],
    },
  );
}

async function allRan(instance: string) {
  for (const job of ['cron', 'interval', 'timeout', 'everywhere'])
    await ran.shows(`${instance}: ${job}`);
}

function active(registry: SchedulerRegistry) {
  const cronJobs = [...registry.getCronJobs()].filter(([, job]) => job.isActive);
  return [...cronJobs.map(([name]) => name), ...registry.getIntervals(), ...registry.getTimeouts()];
}

const ranTwice = new Timeline();

@Injectable()
class Once {
  @Timeout(5)
  everywhere() {
    ranTwice.note('everywhere');
  }

  @LeaderOnly()
  @Timeout(5)
  onLeader() {
    ranTwice.note('on the leader');
  }

  /** By then, all others have run. */
  @LeaderOnly()
  @Timeout(200)
  last() {
    ranTwice.note('last');
  }
}

export async function schedulersTwice() {
  const { close } = await start(
    { standalone: true },
    { imports: [ScheduleModule.forRoot(), ScheduleModule.forRoot()], providers: [Once] },
  );

  await ranTwice.shows('last');
  assert.equal(ranTwice.of('everywhere').length, 2); // There are two schedulers.
  assert.equal(ranTwice.of('on the leader').length, 1);
  await close();
}
