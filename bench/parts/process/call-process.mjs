// Measures calls of leader-only methods, in a Nest application with a real session.
import 'reflect-metadata';
import { Interval, ScheduleModule } from '@nestjs/schedule';
import { NestFactory } from '@nestjs/core';
import { LeaderElectionModule, LeaderElectionService, LeaderOnly } from 'nestjs-leader-election';
import { Bench } from 'tinybench';
import { answer, options, report } from '../../child-processes/report-to-parent.mjs';

/** Calls of one sample: a single one is shorter than the resolution of the clock. */
const BATCH = 10_000;
/** A refused call takes longer. */
const SMALL_BATCH = 500;

class Work {
  count = 0;

  direct() {
    return (this.count += 1);
  }

  async directAsync() {
    return (this.count += 1);
  }

  leaderOnly() {
    return (this.count += 1);
  }

  async leaderOnlyAsync() {
    return (this.count += 1);
  }

  scheduled() {
    return (this.count += 1);
  }
}
/** @param {MethodDecorator} decorator @param {string} key */
function decorate(decorator, key) {
  const descriptor = Object.getOwnPropertyDescriptor(Work.prototype, key);
  if (!descriptor) throw new Error(`Work has no ${key}`);
  Object.defineProperty(
    Work.prototype,
    key,
    decorator(Work.prototype, key, descriptor) ?? descriptor,
  );
}
for (const key of ['leaderOnly', 'leaderOnlyAsync', 'scheduled']) decorate(LeaderOnly(), key);
decorate(Interval(2 ** 30), 'scheduled');

class App {}
const app = await NestFactory.createApplicationContext(
  {
    module: App,
    imports: [ScheduleModule.forRoot(), LeaderElectionModule.forRoot(options)],
    providers: [Work],
  },
  { logger: false },
);
const work = app.get(Work);
const service = app.get(LeaderElectionService);

/** @type {Record<string, () => unknown>} */
const onBoth = {
  'direct call': () => work.direct(),
  isLeader: () => service.isLeader,
};
/** @type {Record<string, () => unknown>} */
const onLeader = {
  'leader-only call': () => work.leaderOnly(),
  'direct call, asynchronous': () => work.directAsync(),
  'leader-only call, asynchronous': () => work.leaderOnlyAsync(),
};
/** @type {Record<string, () => unknown>} */
const onStandby = {
  'leader-only call of a scheduled method': () => work.scheduled(),
  'leader-only call, refused': () => {
    try {
      work.leaderOnly();
    } catch {
      // as expected
    }
  },
};

answer({
  /** One sample of each, in turn: nanoseconds of a call. */
  async sample() {
    const calls = { ...onBoth, ...(service.isLeader ? onLeader : onStandby) };
    const bench = new Bench({ time: 0, iterations: 1, warmup: false });
    /** @type {Map<string, number>} */
    const batches = new Map();
    for (const [name, call] of Object.entries(calls)) {
      const batch = name.endsWith('refused') ? SMALL_BATCH : BATCH;
      batches.set(name, batch);
      bench.add(
        name,
        name.endsWith('asynchronous') ? () => repeatAsync(call, batch) : () => repeat(call, batch),
      );
    }
    const tasks = await bench.run();
    return Object.fromEntries(
      tasks.map(({ name, result }) => {
        if (!('latency' in result)) throw new Error(`${name} was not measured`);
        return [name, (result.latency.mean * 1e6) / Number(batches.get(name))];
      }),
    );
  },
});

/** @param {() => unknown} call @param {number} times */
function repeat(call, times) {
  let last;
  for (let index = 0; index < times; index += 1) last = call();
  return last;
}

/** @param {() => unknown} call @param {number} times */
async function repeatAsync(call, times) {
  for (let index = 0; index < times; index += 1) await call();
}

const poll = setInterval(() => {
  const { role, leader } = service.status();
  if (!leader) return;
  report(role);
  if (role !== 'standby') clearInterval(poll);
}, 10);
