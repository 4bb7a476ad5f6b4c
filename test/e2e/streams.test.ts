import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Sse, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Transport } from '@nestjs/microservices';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { concat, interval, map, NEVER, Observable, of } from 'rxjs';
import {
  defaultTimings,
  LeaderElectionModule,
  LeaderElectionService,
  LeaderOnly,
} from 'nestjs-leader-election';
import { closedAfterwards, closeNow } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { latch, timeline, within } from '../support/timeline.js';

const database = await testDatabase();

let answer = latch();

/** Without an end. Nest sends texts and objects only. */
const events = interval(5).pipe(map((tick) => ({ data: `tick ${tick}` })));

/** Notes whether anybody listens. */
function watched<T>(name: string, source: Observable<T>): Observable<T> {
  return new Observable((subscriber) => {
    timeline.note(`${name} is heard`);
    subscriber.add(source.subscribe(subscriber));
    subscriber.add(() => {
      timeline.note(`${name} is over`);
    });
  });
}

@Controller()
class Streams {
  @LeaderOnly()
  @Sse('ticks')
  ticks() {
    return watched('ticks', events);
  }

  @LeaderOnly()
  @Sse('silence')
  silence() {
    return watched('silence', NEVER);
  }

  @LeaderOnly()
  @Get('endless')
  endless() {
    return watched('endless', concat(of('begun'), NEVER));
  }

  @LeaderOnly()
  @Get('slow')
  slow() {
    return watched(
      'slow',
      new Observable((subscriber) => {
        void answer.opened.then(() => {
          subscriber.next({ answer: 42 });
          subscriber.complete();
        });
      }),
    );
  }

  @LeaderOnly()
  @Get('late')
  late() {
    return watched(
      'late',
      new Observable((subscriber) => {
        void answer.opened.then(() => {
          subscriber.next('the first of many');
        });
      }),
    );
  }
}

@LeaderOnly()
@Controller('whole')
class WholeController {
  @Sse('ticks')
  ticks() {
    return watched('whole', events);
  }
}

@Injectable()
@Controller()
class Messages {
  @LeaderOnly()
  @MessagePattern('ticks')
  ticks() {
    return watched('messages', interval(5));
  }
}

const adapters = { express: () => undefined, fastify: () => new FastifyAdapter() };

/** A leader that would wait for longer than a test does. */
async function leader(adapter: keyof typeof adapters = 'express') {
  class App {}
  const module = {
    module: App,
    imports: [LeaderElectionModule.forRoot({ connection: database.url, stopTimeout: 20_000 })],
    controllers: [Streams, WholeController, Messages],
  };
  const options = { logger: log, abortOnError: false } as const;
  const http = adapters[adapter]();
  const app = http
    ? await NestFactory.create<INestApplication>(module as never, http, options)
    : await NestFactory.create<INestApplication>(module as never, options);
  closedAfterwards(app);
  await app.listen(0, '127.0.0.1');
  const election = app.get(LeaderElectionService);
  await within(election.whenLeader(), () => 'it does not lead');
  const url = await app.getUrl();
  return { app, election, get: (path: string) => fetch(`${url}/${path}`) };
}

describe.each(['express', 'fastify'] as const)('under %s, a demotion', (adapter) => {
  it.each([
    { path: 'ticks', name: 'ticks' },
    { path: 'silence', name: 'silence' },
    { path: 'whole/ticks', name: 'whole' },
  ])('ends the endless events of /$path, and says why', async ({ path, name }) => {
    const { election, get } = await leader(adapter);
    const response = await get(path);
    await timeline.shows(`${name} is heard`);

    await within(election.resign(), () => 'it is not demoted');

    expect(timeline.entries).toEqual([`${name} is heard`, `${name} is over`]);
    expect(await response.text()).toMatch(
      /event: error\nid: \d+\ndata: \w+\.\w+\(\) runs only on the leader of "default".* the current leader is unknown/,
    );
    expect(log.errors).toEqual([]);
  });

  it('refuses an answer of which only a part was there', async () => {
    const { election, get } = await leader(adapter);
    const response = get('endless');
    await timeline.shows('endless is heard');

    await within(election.resign(), () => 'it is not demoted');

    const { status, headers } = await response;
    expect({ status, retryAfter: headers.get('retry-after') }).toEqual({
      status: 503,
      retryAfter: String(defaultTimings.retryInterval / 1_000),
    });
  });
});

describe('a demotion', () => {
  it('waits for the one answer of an Observable, as for that of a promise', async () => {
    answer = latch();
    const { election, get } = await leader();
    const response = get('slow');
    await timeline.shows('slow is heard');
    const demoted = election.resign().then(() => timeline.note('demoted'));

    answer.open();
    await demoted;

    expect(timeline.entries).toEqual(['slow is heard', 'slow is over', 'demoted']);
    expect(await (await response).json()).toEqual({ answer: 42 });
  });

  it('ends what turns out to be a stream only afterwards', async () => {
    answer = latch();
    const { election, get } = await leader();
    const response = get('late');
    await timeline.shows('late is heard');
    const demoted = election.resign();

    answer.open();
    await within(demoted, () => 'it is not demoted');

    expect((await response).status).toBe(503);
  });

  it('ends with the streams when the application closes', async () => {
    const { app, get } = await leader();
    const response = await get('ticks');

    await within(closeNow(app), () => 'it does not close');

    expect(await response.text()).toMatch(/event: error/);
  });

  it('ends the many answers to a message', async () => {
    const { app, election } = await leader();
    const service = app.connectMicroservice({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port: 0 },
    });
    await app.startAllMicroservices();
    const server = service as unknown as { serverInstance: { server: { address(): unknown } } };
    const { port } = server.serverInstance.server.address() as { port: number };
    const { ClientProxyFactory } = await import('@nestjs/microservices');
    const client = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host: '127.0.0.1', port },
    });
    const refused = new Promise((resolve) => {
      client.send('ticks', {}).subscribe({ error: resolve });
    });
    await timeline.shows('messages is heard');

    await within(election.resign(), () => 'it is not demoted');

    expect(await refused).toMatchObject({ status: 'error', election: 'default' });
    await client.close();
  });
});
