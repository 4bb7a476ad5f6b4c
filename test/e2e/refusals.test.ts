import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  type INestApplication,
  type NestInterceptor,
  type NestMiddleware,
  type MiddlewareConsumer,
  type ModuleMetadata,
  type Provider,
  Sse,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_FILTER, BaseExceptionFilter, HttpAdapterHost, NestFactory } from '@nestjs/core';
import {
  type ClientProxy,
  ClientProxyFactory,
  MessagePattern,
  type MicroserviceOptions,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { BaseWsExceptionFilter, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { catchError, from, lastValueFrom, of, throwError } from 'rxjs';
import { io } from 'socket.io-client';
import {
  LeaderElectionModule,
  LeaderElectionService,
  LeaderOnly,
  NotLeaderError,
} from 'nestjs-leader-election';
import { appsOn } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { eventually, within } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

const closing = new Set<{ close(): unknown }>();
afterEach(async () => {
  await Promise.all([...closing].map((one) => one.close()));
  closing.clear();
  log.clear();
});
function closedAfterwards<T extends { close(): unknown }>(one: T): T {
  closing.add(one);
  return one;
}

@Injectable()
class Ledger {
  @LeaderOnly()
  entries() {
    return ['of the leader'];
  }
}

@Injectable()
class AsksLedger implements CanActivate, NestMiddleware {
  constructor(private readonly ledger: Ledger) {}

  canActivate() {
    return this.ledger.entries().length > 0;
  }

  use(_request: unknown, _response: unknown, next: () => void) {
    this.ledger.entries();
    next();
  }
}

@Injectable()
class AnswersInstead implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next
      .handle()
      .pipe(
        catchError((error: unknown) =>
          error instanceof NotLeaderError && error.called === 'Ledger.entries'
            ? of({ instead: true })
            : throwError(() => error),
        ),
      );
  }
}

/** No handler of it is leader-only, unless it says so. */
@Controller()
class Books {
  constructor(private readonly ledger: Ledger) {}

  @Get('entries')
  @MessagePattern('entries')
  entries() {
    return this.ledger.entries();
  }

  @Get('later')
  async later() {
    await Promise.resolve();
    return this.ledger.entries();
  }

  @Get('observed')
  observed() {
    return from(this.later());
  }

  @Sse('events')
  events() {
    return this.observed();
  }

  @Get('caught')
  caught() {
    try {
      return this.ledger.entries();
    } catch (error) {
      if (!(error instanceof NotLeaderError)) throw error;
      const { election, called, leader } = error;
      return { election, called, leader };
    }
  }

  @Get('instead')
  @UseInterceptors(AnswersInstead)
  instead() {
    return this.ledger.entries();
  }

  @LeaderOnly()
  @Get('leader-only')
  @MessagePattern('leader-only')
  leaderOnly() {
    return this.ledger.entries();
  }

  @Get('guarded')
  @UseGuards(AsksLedger)
  guarded() {
    return {};
  }

  @Get('behind-middleware')
  behindMiddleware() {
    return {};
  }

  @Get('failing')
  failing() {
    throw new Error('no ledger');
  }
}

@WebSocketGateway()
@Injectable()
class Chat {
  constructor(private readonly ledger: Ledger) {}

  @SubscribeMessage('entries')
  entries() {
    return { event: 'told', data: this.ledger.entries() };
  }

  @LeaderOnly()
  @SubscribeMessage('leader-only')
  leaderOnly() {
    return this.entries();
  }
}

const adapters = {
  express: (module: unknown) =>
    NestFactory.create<INestApplication>(module as never, { logger: log, abortOnError: false }),
  fastify: (module: unknown) =>
    NestFactory.create<INestApplication>(module as never, new FastifyAdapter(), {
      logger: log,
      abortOnError: false,
    }),
};

function second({ providers = [], ...rest }: ModuleMetadata = {}) {
  class App {
    configure(consumer: MiddlewareConsumer) {
      consumer.apply(AsksLedger).forRoutes('behind-middleware');
    }
  }
  return {
    module: App,
    imports: [
      LeaderElectionModule.forRoot({
        connection: database.url,
        instanceId: 'second',
        address: 'http://second',
        retryInterval: 1_200,
        heirInterval: 20,
      }),
    ],
    controllers: [Books],
    providers: [Ledger, AsksLedger, ...providers],
    ...rest,
  };
}

/** A standby that knows its leader, whose `address` it tells to whom it refuses. */
async function standby(
  adapter: keyof typeof adapters,
  metadata?: ModuleMetadata,
  prepare: (app: INestApplication) => unknown = () => undefined,
) {
  const first = await startApp('first', { options: { address: 'http://first' } });
  await first.leads();
  const app = closedAfterwards(await adapters[adapter](second(metadata)));
  await prepare(app);
  await app.listen(0, '127.0.0.1');
  const election = app.get(LeaderElectionService);
  await eventually(() => election.leader?.address === 'http://first');
  const url = await app.getUrl();
  return {
    app,
    isElected: async () => {
      await first.close();
      await within(election.whenLeader(), () => 'it does not lead');
    },
    get: async (path: string) => {
      const response = await fetch(`${url}/${path}`);
      const { status, headers } = response;
      return { status, retryAfter: headers.get('retry-after'), body: await response.json() };
    },
  };
}

const refusal = {
  message: expect.stringMatching(
    /^Ledger\.entries\(\) runs only on the leader of "default".*leader is first$/,
  ),
  election: 'default',
  leader: { instanceId: 'first', address: 'http://first', term: expect.any(String) },
};

describe.each(['express', 'fastify'] as const)('a route under %s', (adapter) => {
  it('that calls a leader-only method answers a standby as a leader-only route does, and no fault is logged', async () => {
    const { get, isElected } = await standby(adapter);
    const ofRoute = await get('leader-only');
    expect(ofRoute).toMatchObject({ status: 503, retryAfter: '2' });

    for (const path of ['entries', 'later', 'observed']) {
      const answer = await get(path);
      expect({ path, ...answer }).toMatchObject({
        path,
        status: 503,
        retryAfter: '2',
        body: { statusCode: 503, error: 'Service Unavailable', ...refusal },
      });
      const { message } = answer.body as { message: string };
      expect({ ...ofRoute, body: { ...(ofRoute.body as object), message } }).toEqual(answer);
    }
    expect(log.errors).toEqual([]);
    await isElected();
    for (const path of ['entries', 'later', 'observed', 'leader-only'])
      expect(await get(path)).toMatchObject({ status: 200, body: ['of the leader'] });
  });

  it('may catch the error itself, or in an interceptor', async () => {
    const { get } = await standby(adapter);

    expect(await get('caught')).toMatchObject({
      status: 200,
      body: { election: 'default', called: 'Ledger.entries', leader: 'first' },
    });
    expect(await get('instead')).toMatchObject({ status: 200, body: { instead: true } });
  });

  it('whose guard or middleware calls one answers 503 as well', async () => {
    const { get } = await standby(adapter);

    for (const path of ['guarded', 'behind-middleware']) {
      expect(await get(path)).toMatchObject({
        status: 503,
        body: { statusCode: 503, message: refusal.message },
      });
    }
    expect(log.errors).toEqual([]);
  });

  it('passes on every other error', async () => {
    const { get } = await standby(adapter);

    expect((await get('failing')).status).toBe(500);
    expect(log.errors).toHaveLength(1);
  });
});

it('an event stream ends with the refusal', async () => {
  const { app } = await standby('express');

  const response = await fetch(`${await app.getUrl()}/events`);

  // With a status, or as an event, by the version of Nest.
  expect(await response.text()).toMatch(/Ledger\.entries\(\) runs only on the leader of/);
  expect(log.errors).toEqual([]);
});

/** A filter that tells who it is, and what it was given. */
function filterFor(name: string, ...types: Parameters<typeof Catch>) {
  @Catch(...types)
  class Filter implements ExceptionFilter {
    constructor(private readonly host: HttpAdapterHost) {}

    catch(exception: unknown, context: ArgumentsHost) {
      const body = {
        caughtBy: name,
        isHttpException: exception instanceof HttpException,
        isNotLeaderError: exception instanceof NotLeaderError,
        status: exception instanceof HttpException ? exception.getStatus() : undefined,
        called: exception instanceof NotLeaderError ? exception.called : undefined,
      };
      this.host.httpAdapter.reply(context.switchToHttp().getResponse(), body, 418);
    }
  }
  return Filter;
}

const caughtBy = (name: string, called = 'Ledger.entries') => ({
  status: 418,
  retryAfter: '2',
  body: { caughtBy: name, isHttpException: true, isNotLeaderError: true, status: 503, called },
});

describe("an application's own filter", () => {
  it.each<{ of: string; types: Parameters<typeof Catch> }>([
    { of: 'NotLeaderError', types: [NotLeaderError] },
    { of: 'HttpException', types: [HttpException] },
    { of: 'everything', types: [] },
  ])('for $of catches the refusal, whoever refused', async ({ of, types }) => {
    const provider: Provider = { provide: APP_FILTER, useClass: filterFor(of, ...types) };
    const { get } = await standby('express', { providers: [provider] });

    expect(await get('entries')).toEqual(caughtBy(of));
    expect(await get('leader-only')).toEqual(caughtBy(of, 'Books.leaderOnly'));
  });

  it('is chosen by Nest in its order: of the handler, of the controller, of the application', async () => {
    @UseFilters(filterFor('controller', NotLeaderError))
    @Controller()
    class Filtered {
      constructor(private readonly ledger: Ledger) {}

      @UseFilters(filterFor('handler', HttpException))
      @Get('by-handler')
      byHandler() {
        return this.ledger.entries();
      }

      @Get('by-controller')
      byController() {
        return this.ledger.entries();
      }
    }
    const { get } = await standby('express', { controllers: [Filtered, Books] }, (app) => {
      const Filter = filterFor('useGlobalFilters', NotLeaderError);
      app.useGlobalFilters(new Filter(app.get(HttpAdapterHost)));
    });

    expect(await get('by-handler')).toEqual(caughtBy('handler'));
    expect(await get('by-controller')).toEqual(caughtBy('controller'));
    expect(await get('entries')).toEqual(caughtBy('useGlobalFilters'));
  });

  it('that hands everything on to that of Nest answers 503', async () => {
    @Catch()
    class HandsOn extends BaseExceptionFilter {}
    const { get } = await standby('express', {
      providers: [{ provide: APP_FILTER, useClass: HandsOn }],
    });

    expect(await get('entries')).toMatchObject({ status: 503, retryAfter: '2', body: refusal });
  });

  it('for another kind of error gets none', async () => {
    const { get } = await standby('express', {
      providers: [{ provide: APP_FILTER, useClass: filterFor('TypeError', TypeError) }],
    });

    expect(await get('entries')).toMatchObject({ status: 503, body: refusal });
  });
});

function port(server: unknown): number {
  const { serverInstance } = server as {
    serverInstance: { server: { address(): { port: number } } };
  };
  return serverInstance.server.address().port;
}

function ask(tcpPort: number, pattern: string): Promise<unknown> {
  const client: ClientProxy = closedAfterwards(
    ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: tcpPort },
    }),
  );
  return lastValueFrom(client.send<unknown>(pattern, {}));
}

const tcp = { transport: Transport.TCP, options: { host: '127.0.0.1', port: 0 } } as const;

describe('a message handler that calls a leader-only method', () => {
  it.each([false, true])(
    'answers with an RpcException in a hybrid application (inheritAppConfig: %s)',
    async (inheritAppConfig) => {
      let server: unknown;
      const { isElected } = await standby('express', undefined, async (app) => {
        server = app.connectMicroservice<MicroserviceOptions>(tcp, { inheritAppConfig });
        await app.startAllMicroservices();
      });

      await expect(ask(port(server), 'entries')).rejects.toEqual({ status: 'error', ...expectAll });
      await expect(ask(port(server), 'leader-only')).rejects.toMatchObject({ status: 'error' });
      expect(log.errors).toEqual([]);
      await isElected();
      expect(await ask(port(server), 'entries')).toEqual(['of the leader']);
    },
  );

  it('answers with an RpcException in a microservice, which is for its filters a NotLeaderError, too', async () => {
    const first = await startApp('first', { options: { address: 'http://first' } });
    await first.leads();
    @Catch(NotLeaderError)
    class Filter {
      catch(error: NotLeaderError) {
        const { called, leader } = error;
        return throwError(() => ({ called, leader, isRpc: error instanceof RpcException }));
      }
    }
    for (const filters of [[], [new Filter()]]) {
      const service = closedAfterwards(
        await NestFactory.createMicroservice<MicroserviceOptions>(second() as never, {
          ...tcp,
          logger: log,
          abortOnError: false,
        }),
      );
      service.useGlobalFilters(...filters);
      await service.listen();
      const election = service.get(LeaderElectionService);
      await eventually(() => election.leader?.address === 'http://first');

      await expect(ask(port(service), 'entries')).rejects.toEqual(
        filters.length === 0
          ? { status: 'error', ...expectAll }
          : { called: 'Ledger.entries', leader: 'first', isRpc: true },
      );
    }
    expect(log.errors).toEqual([]);
  });
});

const expectAll = { ...refusal, leader: { ...refusal.leader, since: expect.any(String) } };

describe('a gateway that calls a leader-only method', () => {
  async function chat(provider: Provider) {
    const { app, isElected } = await standby('express', { providers: [provider] }, (prepared) =>
      prepared.useWebSocketAdapter(new IoAdapter(prepared)),
    );
    const socket = io(await app.getUrl());
    closedAfterwards(socket);
    const answer = (event: string) =>
      within(
        new Promise<unknown>((resolve) => {
          socket.once('exception', resolve);
          socket.once('told', resolve);
          socket.emit(event, {});
        }),
        () => `no answer to ${event}`,
      );
    return { answer, isElected };
  }

  it.each<{ of: string; provider: Provider }>([
    { of: 'a class', provider: Chat },
    { of: 'useClass', provider: { provide: 'chat', useClass: Chat } },
  ])('of $of answers with a WsException', async ({ provider }) => {
    const { answer, isElected } = await chat(provider);

    expect(await answer('entries')).toEqual({ status: 'error', ...expectAll });
    expect(await answer('leader-only')).toMatchObject({ status: 'error', election: 'default' });
    expect(log.errors).toEqual([]);
    await isElected();
    expect(await answer('entries')).toEqual(['of the leader']);
  });

  it('leaves it to a filter of its own', async () => {
    @Catch(NotLeaderError)
    class Filter extends BaseWsExceptionFilter {
      override catch(error: NotLeaderError, host: ArgumentsHost) {
        host.switchToWs().getClient<{ emit(event: string, data: unknown): void }>().emit('told', {
          called: error.called,
        });
      }
    }
    @UseFilters(Filter)
    @WebSocketGateway()
    @Injectable()
    class Filtered extends Chat {
      constructor(ledger: Ledger) {
        super(ledger);
      }
    }
    const { answer } = await chat(Filtered);

    expect(await answer('entries')).toEqual({ called: 'Ledger.entries' });
  });
});

describe('what Nest answers with', () => {
  it('is a NotLeaderError only where one was thrown', () => {
    class Special extends NotLeaderError {}

    expect(new HttpException('', 503)).not.toBeInstanceOf(NotLeaderError);
    expect(new NotLeaderError('default', 'A.b', undefined)).not.toBeInstanceOf(Special);
    expect(new Special('default', 'A.b', undefined)).toBeInstanceOf(NotLeaderError);
    for (const odd of [undefined, null, 'text', {}])
      expect(odd instanceof (NotLeaderError as unknown as new () => object)).toBe(false);
  });
});
