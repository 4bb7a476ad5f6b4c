import { describe, expect, it } from '@jest/globals';
import { Injectable, type INestApplication, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { io } from 'socket.io-client';
import { LeaderElectionModule, LeaderElectionService, LeaderOnly } from 'nestjs-leader-election';
import { appsOn, closedAfterwards } from '../support/app.js';
import { log } from '../support/collected-log.js';
import { testDatabase } from '../support/database.js';
import { eventually, within } from '../support/timeline.js';

const database = await testDatabase();
const startApp = appsOn(database);

@WebSocketGateway()
@Injectable()
class ByMethod {
  @LeaderOnly()
  @SubscribeMessage('close')
  close() {
    return { event: 'closed', data: 'by the leader' };
  }
}

@LeaderOnly()
@WebSocketGateway()
@Injectable()
class ByClass {
  @SubscribeMessage('close')
  close() {
    return { event: 'closed', data: 'by the leader' };
  }
}

/** A standby with a gateway, and somebody who is connected to it. */
async function standby(provider: Provider) {
  const first = await startApp('first');
  await first.leads();
  class App {}
  const module = {
    module: App,
    imports: [
      LeaderElectionModule.forRoot({
        connection: database.url,
        instanceId: 'second',
        heirInterval: 20,
      }),
    ],
    providers: [provider, { provide: 'another', useClass: Another }],
  };
  const app = await NestFactory.create<INestApplication>(module as never, {
    logger: log,
    abortOnError: false,
  });
  closedAfterwards(app);
  app.useWebSocketAdapter(new IoAdapter(app));
  await app.listen(0, '127.0.0.1');
  const election = app.get(LeaderElectionService);
  await eventually(() => election.leader?.instanceId === 'first');
  const socket = io(await app.getUrl());
  const answer = (event: string) =>
    within(
      new Promise<unknown>((resolve) => {
        socket.once('exception', resolve);
        socket.once('closed', resolve);
        socket.once('other', resolve);
        socket.emit(event, {});
      }),
      () => `no answer to ${event}`,
    );
  return {
    socket,
    answer,
    leave: () => socket.disconnect(),
    isElected: async () => {
      await first.close();
      await within(election.whenLeader(), () => 'it does not lead');
    },
  };
}

@WebSocketGateway()
@Injectable()
class Another {
  @SubscribeMessage('other')
  other() {
    return { event: 'other', data: 'served by all' };
  }
}

describe('a leader-only gateway', () => {
  it.each([
    { of: 'a class, by its method', provider: ByMethod },
    { of: 'a class, as a whole', provider: ByClass },
    { of: 'useClass, by its method', provider: { provide: 'chat', useClass: ByMethod } },
    { of: 'useClass, as a whole', provider: { provide: 'chat', useClass: ByClass } },
  ])('of $of answers a standby with a WsException', async ({ provider }) => {
    const { answer, isElected, leave } = await standby(provider);

    expect(await answer('close')).toMatchObject({
      status: 'error',
      election: 'default',
      leader: { instanceId: 'first' },
    });
    await isElected();
    expect(await answer('close')).toBe('by the leader');
    leave();
  });

  it.each([
    { of: 'a factory', provider: { provide: 'chat', useFactory: () => new ByMethod() } },
    { of: 'a value', provider: { provide: 'chat', useValue: new ByMethod() } },
  ])('of $of is none to Nest, so it serves nobody, wherever it is', async ({ provider }) => {
    const { socket, answer, isElected, leave } = await standby(provider);
    const heard: string[] = [];
    socket.onAny((event: string) => heard.push(event));

    // Answers come in the order of the questions.
    socket.emit('close', {});
    expect(await answer('other')).toBe('served by all');
    await isElected();
    socket.emit('close', {});
    expect(await answer('other')).toBe('served by all');

    expect(heard).toEqual(['other', 'other']);
    leave();
  });
});
