import { describe, expect, it } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  Scope,
  UseGuards,
  type INestApplication,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  type MicroserviceOptions,
  Transport,
  type ClientProxy,
} from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Cron, Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { lastValueFrom, of } from 'rxjs';
import { io } from 'socket.io-client';
import {
  currentLeadership,
  IsLeader,
  LeaderElectionModule,
  LeaderElectionService,
  LeaderGuard,
  LeaderOnly,
  UnknownElectionError,
  type OnElected,
} from 'nestjs-leader-election';
import { appsOn, boot, closedAfterwards } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { eventually, latch, within } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

let report = latch();
let reporting = latch();

@Controller('reports')
class ReportsController {
  @LeaderOnly()
  @Get('leader-only')
  below() {
    return { by: currentLeadership()?.election };
  }

  @Get('leader-only-above')
  @LeaderOnly()
  above() {
    return { by: currentLeadership()?.election };
  }

  @Get('slow')
  @LeaderOnly()
  async slow() {
    reporting.open();
    await report.opened;
    return { by: currentLeadership()?.election };
  }

  @Get('stream')
  @LeaderOnly()
  stream() {
    return of({ by: currentLeadership()?.election });
  }

  @Get('failing')
  @LeaderOnly()
  failing() {
    throw new Error('no ledger');
  }

  @Get('guarded')
  @UseGuards(LeaderGuard)
  guarded() {
    return {};
  }

  @Get('guarded-billing')
  @UseGuards(LeaderGuard.for('billing'))
  guardedBilling() {
    return {};
  }

  @Get('anywhere')
  anywhere(@IsLeader() isLeader: boolean, @IsLeader('billing') isBillingLeader: boolean) {
    return { isLeader, isBillingLeader };
  }
}

/** A whole controller, with a job and a hook besides its routes. */
@LeaderOnly()
@Controller('ledger')
class LedgerController implements OnElected {
  elected = false;

  onElected() {
    this.elected = true;
  }

  @Get()
  show() {
    return { by: currentLeadership()?.election };
  }

  @Interval('ledger', 1_000)
  tidy() {
    // Leader-only, as everything here.
  }
}

@LeaderOnly()
@Controller({ path: 'scoped', scope: Scope.REQUEST })
class ScopedController {
  @Get()
  show(@IsLeader() isLeader: boolean) {
    return { isLeader };
  }
}

const metadata = (instanceId: string) => ({
  imports: [
    ScheduleModule.forRoot(),
    LeaderElectionModule.forRoot({
      connection: database.url,
      instanceId,
      address: `http://${instanceId}`,
      elections: ['default', 'billing'],
      retryInterval: 1_200,
      heirInterval: 20,
    }),
  ],
  controllers: [ReportsController, LedgerController, ScopedController],
});

const nestOptions = { logger: log, abortOnError: false } as const;
const adapters = {
  express: (module: object) => NestFactory.create<INestApplication>(module as never, nestOptions),
  fastify: (module: object) =>
    NestFactory.create<INestApplication>(module as never, new FastifyAdapter(), nestOptions),
};

async function httpApp(adapter: keyof typeof adapters, instanceId: string) {
  class App {}
  const app = await adapters[adapter]({ module: App, ...metadata(instanceId) });
  closedAfterwards(app);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const election = app.get(LeaderElectionService);
  return {
    app,
    election,
    get: async (path: string) => {
      const response = await fetch(`${url}/${path}`);
      return {
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
        body: (await response.json()) as Record<string, unknown>,
      };
    },
  };
}

const leads = (election: LeaderElectionService) =>
  within(election.whenLeader(), () => 'it does not lead');

const gated = [
  'reports/leader-only',
  'reports/leader-only-above',
  'reports/stream',
  'reports/guarded',
  'ledger',
  'scoped',
];

describe.each(['express', 'fastify'] as const)('leader-only routes under %s', (adapter) => {
  it('answer 503 on a standby, with who leads and when to try again, and are served on the leader', async () => {
    const first = await startApp('first', { options: { elections: ['default'] } });
    const { term, since } = await first.leads();
    const { election, get } = await httpApp(adapter, 'second');
    await eventually(() => election.leader?.instanceId === 'first');

    for (const path of gated) {
      const { status, retryAfter, body } = await get(path);
      expect({ path, status, retryAfter }).toEqual({ path, status: 503, retryAfter: '2' });
      expect(body).toEqual({
        statusCode: 503,
        error: 'Service Unavailable',
        message: expect.stringMatching(/runs only on the leader of "default".*leader is first$/),
        election: 'default',
        leader: { instanceId: 'first', term: String(term), since: since.toISOString() },
      });
    }
    await first.close();
    await leads(election);

    for (const path of gated) expect({ path, ...(await get(path)) }).toMatchObject({ status: 200 });
    expect((await get('reports/leader-only')).body).toEqual({ by: 'default' });
    expect((await get('reports/leader-only-above')).body).toEqual({ by: 'default' });
    expect((await get('ledger')).body).toEqual({ by: 'default' });
  });

  it('leave out the leader where it is not known', async () => {
    const unreachable = { connection: 'postgresql://127.0.0.1:1/nowhere' };
    class App {}
    const app = closedAfterwards(
      await adapters[adapter]({
        module: App,
        imports: [ScheduleModule.forRoot(), LeaderElectionModule.forRoot(unreachable)],
        controllers: [LedgerController],
      }),
    );
    await app.listen(0, '127.0.0.1');
    const response = await fetch(`${await app.getUrl()}/ledger`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      statusCode: 503,
      error: 'Service Unavailable',
      message: expect.stringMatching(/the current leader is unknown$/),
      election: 'default',
    });
  });

  it('are awaited on demotion', async () => {
    report = latch();
    reporting = latch();
    const { election, get } = await httpApp(adapter, 'one');
    await leads(election);
    const answer = get('reports/slow');
    await reporting.opened;
    let released = false;
    const resigned = election.resign().then(() => (released = true));
    await eventually(() => !election.isLeader);
    expect(released).toBe(false);
    const refused = await get('reports/leader-only');
    expect(refused).toMatchObject({ status: 503, body: { election: 'default' } });
    expect(refused.body).not.toHaveProperty('leader'); // It would be sent round in a circle.
    report.open();
    expect((await answer).body).toEqual({ by: 'default' });
    await resigned;
  });

  it('pass on what a handler throws', async () => {
    const { election, get } = await httpApp(adapter, 'one');
    await leads(election);
    expect((await get('reports/failing')).status).toBe(500);
  });
});

describe('@IsLeader()', () => {
  it('tells a handler whether this instance leads, each time', async () => {
    const first = await startApp('first', { options: { elections: ['default'] } });
    await first.leads();
    const { app, election, get } = await httpApp('express', 'second');
    await leads(app.get('LeaderElectionService(billing)'));
    expect((await get('reports/anywhere')).body).toEqual({
      isLeader: false,
      isBillingLeader: true,
    });
    expect((await get('reports/guarded-billing')).status).toBe(200);
    await first.close();
    await leads(election);
    expect((await get('reports/anywhere')).body).toEqual({ isLeader: true, isBillingLeader: true });
  });
});

describe('a leader-only controller', () => {
  it('has leader-only jobs and hooks as well', async () => {
    const first = await startApp('first', { options: { elections: ['default'] } });
    await first.leads();
    const { app, election } = await httpApp('express', 'second');
    expect(app.get(SchedulerRegistry).getIntervals()).toEqual([]);
    await first.close();
    await leads(election);
    await eventually(() => app.get(SchedulerRegistry).getIntervals().includes('ledger'));
    expect(app.get(LedgerController).elected).toBe(true);
  });

  it('is refused where it is made for each request and has something to start and stop', async () => {
    @LeaderOnly()
    @Controller({ path: 'jobs', scope: Scope.REQUEST })
    class ScopedJobs {
      @Cron('* * * * *')
      run() {
        // Which instance of it would?
      }
    }
    await expect(
      boot({
        imports: [
          ScheduleModule.forRoot(),
          LeaderElectionModule.forRoot({ connection: database.url }),
        ],
        controllers: [ScopedJobs],
      }),
    ).rejects.toThrow(/ScopedJobs: the class is request-scoped/);
  });
});

@Controller()
class Messages {
  static heard: string[] = [];

  @LeaderOnly()
  @MessagePattern('close')
  close() {
    return { by: currentLeadership()?.election };
  }

  @MessagePattern('asked')
  asked(@IsLeader() isLeader: boolean) {
    return isLeader;
  }

  @EventPattern('closed')
  @LeaderOnly()
  closed(_data: unknown) {
    Messages.heard.push('closed');
  }
}

describe('a leader-only message handler', () => {
  it('answers a standby with an RpcException, and is served on the leader', async () => {
    const first = await startApp('first');
    await first.leads();
    class App {}
    const port = await freePort();
    const service = closedAfterwards(
      await NestFactory.createMicroservice<MicroserviceOptions>(
        { module: App, ...metadata('second'), controllers: [Messages] } as never,
        { transport: Transport.TCP, options: { host: '127.0.0.1', port }, ...nestOptions },
      ),
    );
    await service.listen();
    const election = service.get(LeaderElectionService);
    await eventually(() => election.leader?.instanceId === 'first');
    const client: ClientProxy = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port },
    });
    const ask = (pattern: string) => lastValueFrom(client.send<unknown>(pattern, {}));
    try {
      await expect(ask('close')).rejects.toMatchObject({
        status: 'error',
        message: expect.stringMatching(/runs only on the leader of "default".*leader is first$/),
        election: 'default',
        leader: { instanceId: 'first' },
      });
      expect(await ask('asked')).toBe(false);
      await first.close();
      await leads(election);
      expect(await ask('close')).toEqual({ by: 'default' });
      expect(await ask('asked')).toBe(true);
      client.emit('closed', {});
      await eventually(() => Messages.heard.length === 1);
    } finally {
      await client.close();
    }
  });
});

@WebSocketGateway()
@Injectable()
class Chat {
  @LeaderOnly()
  @SubscribeMessage('close')
  close() {
    return { event: 'closed', data: currentLeadership()?.election };
  }
}

describe('a leader-only gateway handler', () => {
  it('answers a standby with a WsException, and is served on the leader', async () => {
    const first = await startApp('first');
    await first.leads();
    class App {}
    const app = closedAfterwards(
      await NestFactory.create<INestApplication>(
        { module: App, ...metadata('second'), controllers: [], providers: [Chat] } as never,
        nestOptions,
      ),
    );
    app.useWebSocketAdapter(new IoAdapter(app));
    await app.listen(0, '127.0.0.1');
    const election = app.get(LeaderElectionService);
    await eventually(() => election.leader?.instanceId === 'first');
    const socket = io(await app.getUrl());
    const hears = (event: string) =>
      within(new Promise<unknown>((resolve) => socket.once(event, resolve)), () => `no ${event}`);
    try {
      const refused = hears('exception');
      socket.emit('close', {});
      expect(await refused).toMatchObject({
        status: 'error',
        message: expect.stringMatching(/runs only on the leader of "default"/),
        election: 'default',
        leader: { instanceId: 'first' },
      });
      await first.close();
      await leads(election);
      const served = hears('closed');
      socket.emit('close', {});
      expect(await served).toBe('default');
    } finally {
      socket.disconnect();
    }
  });
});

describe('an undeclared election', () => {
  it('fails the boot where a guard or a parameter names it', async () => {
    @Controller()
    class Guarded {
      @Get('guarded')
      @UseGuards(LeaderGuard.for('biling'))
      show() {
        return {};
      }
    }
    @Controller()
    class Asking {
      @Get('asking')
      show(@IsLeader('biling') isLeader: boolean) {
        return { isLeader };
      }
    }
    const imports = [LeaderElectionModule.forRoot({ connection: database.url })];
    await expect(boot({ imports, controllers: [Guarded] })).rejects.toThrow(UnknownElectionError);
    await expect(boot({ imports, controllers: [Asking] })).rejects.toThrow(
      /@IsLeader\('biling'\): election "biling" is not declared\. Declared elections: "default"/,
    );
  });
});

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
  });
}
