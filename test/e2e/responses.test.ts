import { once } from 'node:events';
import { get as httpGet, type IncomingMessage, type ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, type INestApplication, Res, StreamableFile } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { LeaderElectionModule, LeaderElectionService, LeaderOnly } from 'nestjs-leader-election';
import { closedAfterwards } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { timeline, within } from '../support/timeline.js';

const database = await testDatabase();

/** What a report is read from. */
let report = new PassThrough();
beforeEach(() => {
  report = new PassThrough();
});

interface Reply {
  /** Under Fastify, Node's own is inside. */
  readonly raw?: ServerResponse;
  /** Under Fastify: the handler itself answers. */
  hijack?(): void;
}

@Controller()
class Reports {
  @LeaderOnly()
  @Get('file')
  file() {
    return new StreamableFile(report);
  }

  @LeaderOnly()
  @Get('raw')
  raw(@Res() reply: Reply & ServerResponse) {
    reply.hijack?.();
    report.pipe(reply.raw ?? reply);
  }
}

@LeaderOnly()
@Controller('whole')
class WholeController {
  @Get('file')
  async file() {
    return Promise.resolve(new StreamableFile(report));
  }
}

const adapters = { express: () => undefined, fastify: () => new FastifyAdapter() };

/** By default, a leader that would wait for longer than a test does. */
async function leader(adapter: keyof typeof adapters, { stopTimeout = 20_000 } = {}) {
  class App {}
  const module = {
    module: App,
    imports: [LeaderElectionModule.forRoot({ connection: database.url, stopTimeout })],
    controllers: [Reports, WholeController],
  };
  const options = { logger: log, abortOnError: false } as const;
  const http = adapters[adapter]();
  const app = http
    ? await NestFactory.create<INestApplication>(module as never, http, options)
    : await NestFactory.create<INestApplication>(module as never, options);
  closedAfterwards(app);
  await app.listen(0, '127.0.0.1');
  const election = app.get(LeaderElectionService);
  election.events$.subscribe(({ type }) => {
    if (type === 'demoted' || type === 'released') timeline.note(type);
  });
  await within(election.whenLeader(), () => 'it does not lead');
  const url = await app.getUrl();
  return { election, url, get: (path: string) => fetch(`${url}/${path}`) };
}

describe.each(['express', 'fastify'] as const)('under %s, a demotion', (adapter) => {
  it.each(['file', 'raw', 'whole/file'])(
    'waits until the response of /%s is sent',
    async (path) => {
      const { election, get } = await leader(adapter);
      report.write('the beginning, ');
      const response = await get(path);
      expect(response.status).toBe(200);

      const resigned = election.resign();
      await timeline.shows('demoted');
      report.write('the middle, ');
      report.once('end', () => timeline.note('sent'));
      report.end('the end');
      await within(resigned, () => 'it is not demoted');

      expect(await response.text()).toBe('the beginning, the middle, the end');
      expect(timeline.entries).toEqual(['demoted', 'sent', 'released']);
      expect(log.warnings).toEqual([]);
    },
  );

  it.each([
    { path: 'file', handler: 'Reports.file' },
    { path: 'raw', handler: 'Reports.raw' },
    { path: 'whole/file', handler: 'WholeController.file' },
  ])('abandons the response of /$path at stopTimeout', async ({ path, handler }) => {
    const { election, get } = await leader(adapter, { stopTimeout: 100 });
    report.write('the beginning, ');
    const response = await get(path);

    await election.resign();

    expect(log.warnings.map(({ message }) => message)).toEqual([
      `"default": abandoned after 100 ms (stopTimeout), still running: ${handler}`,
    ]);
    report.end('the end');
    expect(await response.text()).toBe('the beginning, the end');
  });

  it.each(['file', 'raw'])(
    'does not wait for the response of /%s when its client has gone',
    async (path) => {
      const { election, url } = await leader(adapter);
      report.write('the beginning, ');
      // Not `fetch()`, which connects anew when it is aborted.
      const request = httpGet(`${url}/${path}`);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      expect(response.statusCode).toBe(200);
      const resigned = election.resign();
      await timeline.shows('demoted');

      response.destroy();

      await within(resigned, () => 'it is not demoted');
      expect(timeline.entries).toEqual(['demoted', 'released']);
      expect(log.warnings).toEqual([]);
    },
  );
});
