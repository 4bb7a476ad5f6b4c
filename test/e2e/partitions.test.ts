import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Scope, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import { Interval } from '@nestjs/schedule';
import {
  currentLeadership,
  EveryInstance,
  getPartitionsToken,
  InjectPartitions,
  LeaderElectionModule,
  LeaderElectionService,
  LeaderOnly,
  partitions,
  PartitionsService,
  UnknownElectionError,
  type Leadership,
  type LossReason,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import { LeaderElectionHealthIndicator } from 'nestjs-leader-election/terminus';
import { LeaderElectionRegistry } from '../../lib/leader-election.registry.js';
import { appsOn, boot } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { testingApp } from '../support/testing-app.js';
import { eventually, latch, timeline } from '../support/timeline.js';

const startApp = appsOn(await testDatabase());

const orders = partitions('orders', 4);
const elections = ['default', ...orders];

/** Takes a turn of the event loop in each hook, so that whoever does not wait for it shows. */
@LeaderOnly(orders)
@Injectable()
class OrdersWorker implements OnElected, OnDemoted {
  readonly notes: string[] = [];
  readonly leaderships: Leadership[] = [];

  async onElected(leadership: Leadership) {
    await new Promise(setImmediate);
    this.leaderships.push(leadership);
    this.notes.push(`elected ${leadership.election} ${leadership.partition}`);
  }

  async onDemoted({ partition }: Leadership, reason: LossReason) {
    await new Promise(setImmediate);
    this.notes.push(`demoted ${partition} ${reason}`);
  }
}

@Injectable()
class Owner {
  constructor(@InjectPartitions(orders) readonly orders: PartitionsService) {}
}

/** A key of each partition. */
const keys = [...orders].map(
  (_, partition) =>
    Array.from({ length: 100 }, (_, n) => `order ${n}`).find(
      (key) => orders.of(key) === partition,
    ) as string,
);

describe('the hooks of a class with @LeaderOnly(partitions(…))', () => {
  it('are called for each partition that is won or lost, with its leadership', async () => {
    const { moduleRef, testing } = await testingApp([OrdersWorker], { elections });
    const { notes, leaderships } = moduleRef.get(OrdersWorker);

    await testing.election('orders-2').elect();
    await testing.election('orders-0').elect();
    await testing.election('orders-2').demote('resigned');
    const again = await testing.election('orders-2').elect();
    await testing.elect();

    expect(notes).toEqual([
      'elected orders-2 2',
      'elected orders-0 0',
      'demoted 2 resigned',
      'elected orders-2 2',
    ]);
    expect(leaderships[2]).toBe(again);
    expect(JSON.parse(JSON.stringify(again))).toMatchObject({ election: 'orders-2', partition: 2 });
  });

  it('run at the same time, and each demotion waits for its own', async () => {
    const started = latch();
    const stop = latch();
    @LeaderOnly(orders)
    @Injectable()
    class Slow implements OnElected, OnDemoted {
      readonly notes: string[] = [];

      async onElected({ partition }: Leadership) {
        if (partition === 1) await started.opened;
        this.notes.push(`elected ${partition}`);
      }

      async onDemoted({ partition }: Leadership) {
        if (partition === 2) await stop.opened;
        this.notes.push(`demoted ${partition}`);
      }
    }
    const { moduleRef, testing } = await testingApp([Slow], { elections });
    const { notes } = moduleRef.get(Slow);

    const first = testing.election('orders-1').elect();
    await testing.election('orders-2').elect();
    await testing.election('orders-3').elect();
    const second = testing.election('orders-2').demote();
    await moduleRef.get<PartitionsService>(getPartitionsToken(orders)).election(3).resign();
    expect(notes).toEqual(['elected 2', 'elected 3', 'demoted 3']);

    started.open();
    await first;
    stop.open();
    await second;
    expect(notes.slice(3)).toEqual(['elected 1', 'demoted 2']);
  });

  it('that fail hand over their own partition, and leave the others be', async () => {
    @LeaderOnly(orders)
    @Injectable()
    class Picky implements OnElected, OnDemoted {
      onElected({ partition }: Leadership) {
        if (partition === 1) throw new Error('not this one');
      }

      onDemoted({ partition }: Leadership) {
        if (partition === 2) throw new Error('not that one');
      }
    }
    const { moduleRef, testing } = await testingApp([Picky, Owner], { elections });
    const { orders: owned } = moduleRef.get(Owner);
    await testing.election('orders-0').elect();
    await testing.election('orders-2').elect();
    await testing.election('orders-3').elect();

    await expect(testing.election('orders-1').elect()).rejects.toThrow('not this one');
    await testing.election('orders-2').demote();

    expect(owned.owned).toEqual([0, 3]);
    expect(log.errors.map(({ message }) => message)).toEqual([
      'The duties of "orders-1" failed in term 1: not this one',
      'Picky[2].onDemoted failed: Error: not that one',
    ]);
  });

  it('are those of its subclasses, too, and methods with a @LeaderOnly() of their own stay as they are', async () => {
    @Injectable()
    class Derived extends OrdersWorker {
      @LeaderOnly()
      summarize() {
        return currentLeadership()?.election;
      }

      @EveryInstance()
      @Interval(60_000)
      look() {}
    }
    const { moduleRef, testing } = await testingApp([Derived], { elections });
    await testing.election('orders-1').elect();
    expect(moduleRef.get(Derived).notes).toEqual(['elected orders-1 1']);
    expect(() => moduleRef.get(Derived).summarize()).toThrow(/the leader of "default"/);
    await testing.elect();
    expect(moduleRef.get(Derived).summarize()).toBe('default');
  });
});

describe('leadership.partition', () => {
  it('is the number of every election whose name says so, and undefined of others', async () => {
    const names = ['default', 'b-1', 'b-3', ...partitions('c', 2), ...partitions('d', 1)];
    const { testing } = await testingApp([], { elections: names, leader: true });
    const numbers = await Promise.all(
      names.map(async (name) => (await testing.election(name).elect()).partition),
    );
    expect(numbers).toEqual([undefined, undefined, undefined, 0, 1, 0]);
  });
});

describe('PartitionsService', () => {
  it('knows which partitions are led here, and which keys belong to them', async () => {
    const { moduleRef, testing } = await testingApp([Owner], { elections });
    const { orders: service } = moduleRef.get(Owner);
    const seen: (readonly number[])[] = [];
    let complete = false;
    service.owned$.subscribe({
      next: (owned) => seen.push(owned),
      complete: () => (complete = true),
    });

    expect(service.partitions).toEqual(orders);
    expect(service.owned).toEqual([]);
    await testing.election('orders-3').elect();
    await testing.election('orders-1').elect();
    await testing.elect();

    expect(service.owned).toEqual([1, 3]);
    expect(keys.map((key) => service.owns(key))).toEqual([false, true, false, true]);
    expect(service.election(3)).toBeInstanceOf(LeaderElectionService);
    expect(service.election(3).election).toBe('orders-3');
    for (const wrong of [4, -1, 0.5]) expect(() => service.election(wrong)).toThrow(RangeError);
    expect(() => service.owns(7 as unknown as string)).toThrow(TypeError);

    await testing.election('orders-3').demote('lease_expired');
    const late: (readonly number[])[] = [];
    service.owned$.subscribe((owned) => late.push(owned));
    await moduleRef.close();

    // Both leases ran out at once: nobody saw one partition without the other.
    expect(seen).toEqual([[], [3], [1, 3], []]);
    expect(late).toEqual([[]]);
    expect(complete).toBe(true);
  });

  it('runs work for a key on the leader of its partition, with its term, and a demotion waits for it', async () => {
    const { moduleRef, testing } = await testingApp([Owner], { elections });
    const { orders: service } = moduleRef.get(Owner);
    const leadership = await testing.election('orders-2').elect();
    const finish = latch();
    const events: string[] = [];
    service.election(2).events$.subscribe(({ type }) => events.push(type));
    const run = async (key: string | undefined) =>
      service.runIfOwner(key as string, async (given) => {
        expect(currentLeadership()).toBe(given);
        await finish.opened;
        return given;
      });

    expect(await run(keys[1])).toBeUndefined();
    const work = run(keys[2]);
    const demoted = testing.election('orders-2').demote();
    await testing.election('orders-0').elect();
    expect(events).toContain('demoted');
    expect(events).not.toContain('released');
    finish.open();
    await demoted;

    expect(await work).toBe(leadership);
    await expect(
      service.runIfOwner(keys[0] as string, () => {
        throw new Error('no paper');
      }),
    ).rejects.toThrow('no paper');
    await expect(run(undefined)).rejects.toThrow(TypeError);
  });

  it('is one for each set, and can be asked for by its token', async () => {
    const same = partitions('orders', 4);
    const { moduleRef } = await testingApp([Owner], { elections });
    expect(moduleRef.get<PartitionsService>(getPartitionsToken(same))).toBe(
      moduleRef.get(Owner).orders,
    );
  });

  it('can be asked for by its token where nothing injects it', async () => {
    const { moduleRef, testing } = await testingApp([], { elections: [...partitions('idle', 2)] });
    await testing.election('idle-1').elect();
    const token = getPartitionsToken(partitions('idle', 2));
    expect(moduleRef.get<PartitionsService>(token).owned).toEqual([1]);
  });
});

describe('the health of partitions', () => {
  it('tells how many are led here, and that they are declared', async () => {
    const { moduleRef, testing } = await testingApp([LeaderElectionHealthIndicator], { elections });
    const health = moduleRef.get(LeaderElectionHealthIndicator);
    const facts = {
      partitions: 'orders',
      count: 4,
      millisecondsSinceHeartbeat: expect.any(Number),
    };
    expect(health.isHealthy('jobs', { partitions: orders })).toEqual({
      jobs: { status: 'up', owned: 0, ...facts },
    });
    await testing.election('orders-1').elect();
    await testing.election('orders-3').elect();
    expect(health.isHealthy('jobs', { partitions: orders })).toEqual({
      jobs: { status: 'up', owned: 2, ...facts },
    });
    expect(() => health.isHealthy('jobs', { partitions: partitions('orders', 5) })).toThrow(
      UnknownElectionError,
    );
  });

  it('is that of the worst of them: one that is led here, and whose lease is not confirmed', async () => {
    const timings = { heartbeatInterval: 100, renewDeadline: 600, leaseDuration: 1_000 };
    const app = await startApp('app', {
      options: { elections: [...orders], ...timings },
      providers: [LeaderElectionHealthIndicator, Owner],
    });
    const { orders: service } = app.get(Owner);
    await eventually(() => service.owned.length === 4);
    await service.election(0).resign();
    // As a process that is frozen: nothing runs here, no timer either.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, timings.renewDeadline + 100);
    expect(
      app.get(LeaderElectionHealthIndicator).isHealthy('jobs', { partitions: orders }),
    ).toMatchObject({
      jobs: {
        status: 'down',
        owned: 0,
        message: "This instance leads, but can't confirm its lease",
      },
    });
  });
});

describe('two instances', () => {
  it('share the partitions, and each is led by one of them', async () => {
    const setup = {
      options: { elections: [...orders], spread: true },
      providers: [OrdersWorker, Owner],
    };
    const first = await startApp('first', setup);
    await eventually(() => first.get(Owner).orders.owned.length === 4);
    const second = await startApp('second', setup);
    const [one, other] = [first, second].map((app) => app.get(Owner).orders) as [
      PartitionsService,
      PartitionsService,
    ];
    await eventually(() => one.owned.length === 2 && other.owned.length === 2);
    await eventually(() => [...one.owned, ...other.owned].sort().join() === '0,1,2,3');
    for (const key of keys) {
      await eventually(() => one.owns(key) !== other.owns(key));
      const [owner, standby] = one.owns(key) ? [one, other] : [other, one];
      const ran = await Promise.all(
        [owner, standby].map((service) => service.runIfOwner(key, ({ partition }) => partition)),
      );
      expect(ran).toEqual([orders.of(key), undefined]);
    }

    await second.close();
    await eventually(() => one.owned.length === 4);
    const { notes, leaderships } = first.get(OrdersWorker);
    await eventually(() => notes.filter((note) => note.startsWith('elected')).length >= 6);
    // Who leads a partition again, does so in a greater term.
    for (const number of one.owned) {
      const terms = leaderships
        .filter(({ partition }) => partition === number)
        .map(({ term }) => term);
      expect(terms).toEqual([...new Set(terms)].sort((a, b) => Number(a - b)));
    }
    expect(timeline.entries).toEqual([]);
  });
});

const options = { standalone: true, elections };
const bootWith = (types: Type[], controllers: Type[] = [], declared = elections) =>
  boot({
    imports: [LeaderElectionModule.forRoot({ ...options, elections: declared })],
    providers: types,
    controllers,
  });

describe('partitions that are not declared', () => {
  @LeaderOnly(partitions('bills', 3))
  @Injectable()
  class Bills implements OnElected {
    onElected() {}
  }
  @Injectable()
  class Injecting {
    constructor(@InjectPartitions(partitions('bills', 3)) readonly bills: PartitionsService) {}
  }

  it.each([
    { type: Bills, usage: "@LeaderOnly(partitions('bills', 3)) on Bills" },
    { type: Injecting, usage: "@InjectPartitions(partitions('bills', 3)) in Injecting" },
  ])('fail the boot, with what is missing: $usage', async ({ type, usage }) => {
    const which = (election: string) =>
      `${usage}: election "${election}" of partitions('bills', 3) is not declared. Declared elections: `;
    const sameCount =
      'use the same count in both places, because the count determines the partition of a key';
    const add = "add ...partitions('bills', 3) to the option `elections` of LeaderElectionModule";

    for (const { declared, election, message } of [
      {
        declared: ['default', ...orders],
        election: 'bills-0',
        message: `${which('bills-0')}"default", partitions('orders', 4); ${add}`,
      },
      {
        declared: ['bills-0', 'bills-2', 'bills'],
        election: 'bills-1',
        message: `${which('bills-1')}"bills-0", "bills-2", "bills"; ${add}`,
      },
      {
        declared: [...partitions('bills', 2)],
        election: 'bills-2',
        message: `${which('bills-2')}partitions('bills', 2); ${sameCount}`,
      },
      {
        declared: [...partitions('bills', 5)],
        election: 'bills',
        message: `${usage}: partitions('bills', 3) is not declared. Declared elections: partitions('bills', 5); ${sameCount}`,
      },
    ]) {
      const booted = bootWith([type], [], declared);
      await expect(booted).rejects.toMatchObject({
        name: 'UnknownElectionError',
        declared,
        election,
        message,
      });
      await expect(booted).rejects.toBeInstanceOf(UnknownElectionError);
    }
    await bootWith([type], [], [...partitions('bills', 3)]);
  });

  it('are refused where the three dots were forgotten', () => {
    expect(
      () => new LeaderElectionRegistry({ standalone: true, elections: ['a', orders] }),
    ).toThrow(
      'Option `elections[1]` must be a name or { name, … }; spread a set of partitions: ' +
        "...partitions('orders', 4); given: PartitionSet",
    );
  });

  it('are no business of another application of the process', async () => {
    getPartitionsToken(partitions('elsewhere', 2));
    await bootWith([]);
  });
});

describe('@LeaderOnly(partitions(…)) where it could not be told which partition', () => {
  const usage = (name: string) => `@LeaderOnly(partitions('orders', 4)) on ${name}: `;

  it('is refused on a method when the class is loaded', () => {
    expect(() => {
      class Orders {
        send() {}
      }
      const onMethod = LeaderOnly(orders) as unknown as MethodDecorator;
      onMethod(
        Orders.prototype,
        'send',
        Object.getOwnPropertyDescriptor(Orders.prototype, 'send') ?? {},
      );
    }).toThrow(
      `${usage('Orders.send')}only classes can use a set of partitions, because a method call belongs to no ` +
        'particular partition; use runIfOwner() of PartitionsService in the method',
    );
  });

  @LeaderOnly(orders)
  @Injectable()
  class Scheduled implements OnElected {
    onElected() {}

    @Interval(1)
    tick() {}
  }

  @LeaderOnly(orders)
  @Controller('orders')
  class Routes implements OnElected {
    onElected() {}

    @Get()
    list() {}
  }

  @LeaderOnly(orders)
  @Controller({ path: 'orders', scope: Scope.REQUEST })
  class RequestScoped {
    @MessagePattern('order')
    order() {}
  }

  @LeaderOnly(orders)
  @Injectable()
  class WithoutHooks {}

  const remedies = {
    schedule:
      'the job Scheduled.tick belongs to no particular partition; start a timer for each partition in onElected(), or ' +
      'put @EveryInstance() on the method and check `owned` of PartitionsService in it',
    requests:
      'requests and messages belong to no particular partition; use runIfOwner() of PartitionsService in the handlers, ' +
      'and move the hooks to a provider',
    hooks:
      'the class has no onElected() or onDemoted() to call for each partition; add a hook, or inject ' +
      'PartitionsService with @InjectPartitions() instead',
  };

  it.each([
    { providers: [Scheduled], controllers: [], message: usage('Scheduled') + remedies.schedule },
    { providers: [], controllers: [Routes], message: usage('Routes') + remedies.requests },
    {
      providers: [],
      controllers: [RequestScoped],
      message: usage('RequestScoped') + remedies.requests,
    },
    { providers: [WithoutHooks], controllers: [], message: usage('WithoutHooks') + remedies.hooks },
  ])('fails the boot: $message', async ({ providers, controllers, message }) => {
    await expect(bootWith(providers, controllers)).rejects.toMatchObject({
      name: 'LeaderOnlyUsageError',
      message,
    });
  });

  it('is refused of what ModuleRef.create() makes, which nobody starts', async () => {
    const app = await bootWith([]);
    await expect(app.get(ModuleRef).create(OrdersWorker)).rejects.toThrow(
      /^@LeaderOnly\(\) on OrdersWorker has no effect on an object created by ModuleRef\.create\(\)/,
    );
  });

  it('is refused beside @EveryInstance()', () => {
    class Both {}
    EveryInstance()(Both);
    expect(() => {
      LeaderOnly(orders)(Both);
    }).toThrow('@LeaderOnly() and @EveryInstance() on Both');
    class Other {}
    LeaderOnly(orders)(Other);
    expect(() => {
      EveryInstance()(Other);
    }).toThrow('@LeaderOnly() and @EveryInstance() on Other');
  });
});
