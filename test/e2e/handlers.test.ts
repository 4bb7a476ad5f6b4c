import { describe, expect, it } from '@jest/globals';
import {
  Controller,
  Injectable,
  type ModuleMetadata,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { Interval, ScheduleModule } from '@nestjs/schedule';
import { WebSocketGateway } from '@nestjs/websockets';
import { LeaderOnly, type OnElected } from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';
import { boot } from '../support/app.js';
import { log } from '../support/collected-log.js';
import {
  Command,
  CommandHandler,
  EventsHandler,
  OnEvent,
  OnWorkerEvent,
  Process,
  Processor,
  Query,
  QueryHandler,
  RabbitSubscribe,
  Resolver,
  Saga,
} from '../support/foreign-decorators.js';

const start = (metadata: ModuleMetadata) =>
  boot({
    imports: [LeaderElectionTestingModule.forRoot(), ScheduleModule.forRoot()],
    ...metadata,
  });

const refused = async (metadata: ModuleMetadata, message: string) => {
  await expect(start(metadata)).rejects.toMatchObject({ name: 'LeaderOnlyUsageError', message });
};

class SomethingToDo {}

const IN_HOOKS =
  'a standby would take messages from the queue and fail them; start and stop the consumer in onElected() and ' +
  'onDemoted() of a class with @LeaderOnly(), and remove @LeaderOnly() from the method';
const ON_THE_METHOD = 'it would run on every instance; put @LeaderOnly() on the method';
const ON_THE_COMMANDS =
  'it is called once, when the application starts, and then runs on every instance; put @LeaderOnly() on execute() of the ' +
  'handlers of its commands';
const TOO_EARLY =
  'it is called once, before this instance can be elected; call whenLeader() or runIfLeader() of LeaderElectionService in it';
const NOTHING =
  'has no effect: the class has no onElected() or onDemoted(), no method with @Cron(), @Interval(), @Timeout() or ' +
  '@LeaderOnly(), and is not a controller, gateway or resolver; add a hook, or put @LeaderOnly() on the methods that ' +
  'only the leader may run';

describe('@LeaderOnly() on a class', () => {
  @LeaderOnly()
  @Injectable()
  class Plain {
    send() {}
  }

  @LeaderOnly()
  abstract class Base {
    abstract send(): void;
  }

  @Injectable()
  class Heir extends Base {
    send() {}
  }

  it.each<{ type: Type<object>; says: string }>([
    { type: Plain, says: `@LeaderOnly() on Plain ${NOTHING}` },
    { type: Heir, says: `@LeaderOnly() on Heir (inherited) ${NOTHING}` },
  ])('in which there is nothing to start or refuse fails the start: $type.name', async (wrong) => {
    await refused({ providers: [wrong.type] }, wrong.says);
    await refused(
      { providers: [{ provide: 'it', useFactory: () => new wrong.type() }] },
      wrong.says,
    );
    await refused({ providers: [{ provide: 'it', useValue: new wrong.type() }] }, wrong.says);
  });

  @LeaderOnly()
  class Listener {
    @OnEvent('ordered')
    onOrder() {}
  }

  class PlainListener {
    @OnEvent('ordered')
    onOrder() {}
  }

  @LeaderOnly()
  class InheritedListener extends PlainListener {}

  @LeaderOnly()
  class ListenerWithJob extends PlainListener {
    @Interval(1_000)
    tick() {}
  }

  @LeaderOnly()
  @Controller()
  class ListeningController extends PlainListener {}

  @LeaderOnly()
  @CommandHandler(SomethingToDo)
  class Commands {
    execute() {}

    @LeaderOnly()
    helper() {}
  }

  @LeaderOnly()
  @QueryHandler(SomethingToDo)
  class Queries {
    execute() {}
  }

  @LeaderOnly()
  @EventsHandler(SomethingToDo)
  class Events {
    handle() {}
  }

  @LeaderOnly()
  class Sagas {
    @Saga()
    whenOrdered() {}
  }

  @LeaderOnly()
  class SagasInProperties {
    @Saga()
    whenOrdered = () => undefined;
  }

  @LeaderOnly()
  @Processor('reports')
  class Reports {
    @OnWorkerEvent('completed')
    onCompleted() {}

    process() {}
  }

  @LeaderOnly()
  class BullReports {
    @Process()
    send() {}
  }

  @LeaderOnly()
  class Orders {
    @RabbitSubscribe()
    take() {}
  }

  @LeaderOnly()
  @Command('import')
  class Import {
    run() {}
  }

  it.each<{ type: Type; where: string; says: string }>([
    { type: Listener, where: 'onOrder (@OnEvent())', says: ON_THE_METHOD },
    { type: InheritedListener, where: 'onOrder (@OnEvent())', says: ON_THE_METHOD },
    { type: ListenerWithJob, where: 'onOrder (@OnEvent())', says: ON_THE_METHOD },
    { type: ListeningController, where: 'onOrder (@OnEvent())', says: ON_THE_METHOD },
    { type: Commands, where: 'execute (@CommandHandler())', says: ON_THE_METHOD },
    { type: Queries, where: 'execute (@QueryHandler())', says: ON_THE_METHOD },
    { type: Events, where: 'handle (@EventsHandler())', says: ON_THE_METHOD },
    { type: Sagas, where: 'whenOrdered (@Saga())', says: ON_THE_COMMANDS },
    { type: SagasInProperties, where: 'whenOrdered (@Saga())', says: ON_THE_COMMANDS },
    { type: Reports, where: 'process (@Processor())', says: IN_HOOKS },
    { type: BullReports, where: 'send (@Process())', says: IN_HOOKS },
    { type: Orders, where: 'take (@RabbitSubscribe() or @RabbitRPC())', says: IN_HOOKS },
    { type: Import, where: 'run (@Command())', says: TOO_EARLY },
  ])('does not reach $where of $type.name, and fails the start', async ({ type, where, says }) => {
    const message = `@LeaderOnly() on ${type.name} does not apply to ${type.name}.${where}: ${says}`;
    const isController = type === ListeningController;

    await refused(isController ? { controllers: [type] } : { providers: [type] }, message);
  });

  @LeaderOnly()
  @Processor('reports')
  class PausedReports implements OnElected {
    @OnWorkerEvent('completed')
    onCompleted() {}

    process() {}

    onElected() {}
  }

  @LeaderOnly()
  class SubscribedByHand implements OnElected {
    onElected = () => {};

    @OnEvent('ordered')
    onOrder() {}
  }

  @LeaderOnly()
  @WebSocketGateway()
  class Gateway {}

  @LeaderOnly()
  @Resolver()
  class DecoratedResolver {}

  @LeaderOnly()
  class ResolverOfMethods {
    @Query()
    orders() {}
  }

  @LeaderOnly()
  class WithMethod {
    @LeaderOnly()
    send() {}
  }

  class PlainWithMethod {
    @LeaderOnly()
    send() {}
  }

  @LeaderOnly()
  class HeirWithMethod extends PlainWithMethod {}

  @LeaderOnly()
  class LeaderOnlyListener {
    @LeaderOnly()
    @OnEvent('ordered')
    onOrder() {}
  }

  it.each<{ type: Type }>(
    [
      PausedReports,
      SubscribedByHand,
      DecoratedResolver,
      ResolverOfMethods,
      WithMethod,
      HeirWithMethod,
      LeaderOnlyListener,
    ].map((type) => ({ type })),
  )('is fine where something is started, stopped or refused: $type.name', async ({ type }) => {
    const app = await start({ providers: [type] });

    await app.get(LeaderElectionTesting).elect();
  });

  it('is fine on a gateway', async () => {
    await start({ providers: [Gateway] });
  });
});

describe('@LeaderOnly() on a single handler', () => {
  @Injectable()
  class Listener {
    readonly heard: string[] = [];

    @OnEvent('ordered')
    @LeaderOnly()
    above(order: string) {
      this.heard.push(order);
    }

    @LeaderOnly()
    @OnEvent('ordered')
    async below(order: string) {
      await Promise.resolve();
      this.heard.push(order);
    }
  }

  it('that listens to events skips them on a standby, without a word', async () => {
    const app = await start({ providers: [Listener] });
    const listener = app.get(Listener);

    expect(listener.above('first')).toBeUndefined();
    expect(await listener.below('first')).toBeUndefined();
    expect(listener.heard).toEqual([]);
    expect([...log.errors, ...log.warnings]).toEqual([]);

    await app.get(LeaderElectionTesting).elect();
    listener.above('second');
    await listener.below('second');
    expect(listener.heard).toEqual(['second', 'second']);
  });

  abstract class Handler {
    handled = 0;

    @LeaderOnly()
    handle() {
      this.handled += 1;
    }
  }

  @EventsHandler(SomethingToDo)
  class Events extends Handler {}

  class Helper extends Handler {}

  it('of CQRS skips events, also where it is inherited; others that inherit it refuse', async () => {
    const app = await start({ providers: [Events, Helper] });
    const events = app.get(Events);

    expect(events.handle()).toBeUndefined();
    expect(events.handled).toBe(0);
    expect(() => {
      app.get(Helper).handle();
    }).toThrow('Handler.handle() runs only on the leader of "default"');

    await app.get(LeaderElectionTesting).elect();
    events.handle();
    expect(events.handled).toBe(1);
  });

  @CommandHandler(SomethingToDo)
  class Commands {
    @LeaderOnly()
    execute() {
      return Promise.resolve('done');
    }
  }

  @QueryHandler(SomethingToDo)
  class Queries {
    @LeaderOnly()
    execute() {
      return Promise.resolve('done');
    }
  }

  it.each([{ type: Commands }, { type: Queries }])(
    'of CQRS rejects on a standby: $type.name',
    async ({ type }) => {
      const app = await start({ providers: [type] });

      await expect(app.get<Commands>(type).execute()).rejects.toMatchObject({
        name: 'NotLeaderError',
        called: `${type.name}.execute`,
      });

      await app.get(LeaderElectionTesting).elect();
      expect(await app.get<Commands>(type).execute()).toBe('done');
    },
  );

  @Processor('reports')
  class Reports {
    @LeaderOnly()
    process() {}
  }

  class BullReports {
    @Process()
    @LeaderOnly()
    send() {}
  }

  class Orders {
    @LeaderOnly()
    @RabbitSubscribe()
    take() {}
  }

  @LeaderOnly()
  class OrdersWithHooks implements OnElected {
    onElected() {}

    @LeaderOnly()
    @RabbitSubscribe()
    take() {}
  }

  class Sagas {
    @Saga()
    @LeaderOnly()
    whenOrdered() {}
  }

  @Command('import')
  class Import {
    @LeaderOnly()
    run() {}
  }

  it.each<{ type: Type; where: string; says: string }>([
    { type: Reports, where: 'process (@Processor())', says: IN_HOOKS },
    { type: BullReports, where: 'send (@Process())', says: IN_HOOKS },
    { type: Orders, where: 'take (@RabbitSubscribe() or @RabbitRPC())', says: IN_HOOKS },
    { type: OrdersWithHooks, where: 'take (@RabbitSubscribe() or @RabbitRPC())', says: IN_HOOKS },
    { type: Sagas, where: 'whenOrdered (@Saga())', says: ON_THE_COMMANDS },
    { type: Import, where: 'run (@Command())', says: TOO_EARLY },
  ])("that can't be refused fails the start: $type.name", async ({ type, where, says }) => {
    await refused({ providers: [type] }, `@LeaderOnly() on ${type.name}.${where}: ${says}`);
  });

  it('that takes from a queue fails the start before anything begins to take from it', async () => {
    let hasBegun = false;
    @Injectable()
    class Worker implements OnModuleInit {
      onModuleInit() {
        hasBegun = true;
      }
    }

    await expect(start({ providers: [Reports, Worker] })).rejects.toThrow(IN_HOOKS);
    expect(hasBegun).toBe(false);
  });
});
