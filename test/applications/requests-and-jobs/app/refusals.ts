// Nothing that is asked here is leader-only, but all of it calls a method that is.
import assert from 'node:assert/strict';
import type { AddressInfo, Server } from 'node:net';
import { Controller, Get, type INestApplication, Injectable } from '@nestjs/common';
import {
  ClientProxyFactory,
  MessagePattern,
  type MicroserviceOptions,
  Transport,
} from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { LeaderOnly } from 'nestjs-leader-election';
import { filter, firstValueFrom } from 'rxjs';
import { io } from 'socket.io-client';
import { type adapters, serve } from './instance.js';
import { within } from './timeline.js';

@Injectable()
class Ledger {
  @LeaderOnly()
  entries() {
    return ['of the leader'];
  }
}

@Controller()
class Books {
  constructor(private readonly ledger: Ledger) {}

  @Get('entries')
  @MessagePattern('entries')
  entries() {
    return this.ledger.entries();
  }
}

@WebSocketGateway()
class Chat {
  constructor(private readonly ledger: Ledger) {}

  @SubscribeMessage('entries')
  entries() {
    return { event: 'told', data: this.ledger.entries() };
  }
}

export async function refusals() {
  const leader = await startBooks('leader', 'express');
  const { term } = await leader.leads();
  await answers(leader);
  for (const adapter of ['express', 'fastify'] as const) {
    const standby = await startBooks(adapter, adapter);
    await within(firstValueFrom(standby.election.leader$.pipe(filter(Boolean))), 'who leads');
    await refuses(standby, {
      election: 'refusals',
      leader: {
        instanceId: 'leader',
        address: 'http://leader',
        term: String(term),
        since: leader.election.leader?.since?.toISOString(),
      },
    });
    await standby.close();
  }
  await leader.close();
}

type Running = Awaited<ReturnType<typeof startBooks>>;

async function startBooks(instanceId: string, adapter: keyof typeof adapters) {
  let port = 0;
  const options = { elections: ['refusals'], instanceId, address: `http://${instanceId}` };
  const metadata = { controllers: [Books], providers: [Ledger, Chat] };
  const instance = await serve(adapter, options, metadata, async (app) => {
    port = await listenToMessages(app);
  });
  return {
    ...instance,
    byRoute: () => fetch(`${instance.url}/entries`),
    byMessage: () => send(port),
    byGateway: () => emit(instance.url),
  };
}

/** Returns the port. */
async function listenToMessages(app: INestApplication) {
  const tcp = { host: '127.0.0.1', port: 0 };
  const server = app.connectMicroservice<MicroserviceOptions>({
    transport: Transport.TCP,
    options: tcp,
  });
  await app.startAllMicroservices();
  return (server.unwrap<Server>().address() as AddressInfo).port;
}

async function send(port: number) {
  const client = ClientProxyFactory.create({
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port },
  });
  const answer = firstValueFrom(client.send<unknown>('entries', {}));
  return within(answer, 'an answer by TCP').finally(() => client.close());
}

async function emit(url: string) {
  const socket = io(url);
  const answer = new Promise((resolve, reject) => {
    socket.once('told', resolve);
    socket.once('exception', reject);
    socket.emit('entries', {});
  });
  return within(answer, 'an answer by the gateway').finally(() => socket.close());
}

async function answers({ byRoute, byMessage, byGateway }: Running) {
  const response = await byRoute();
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), ['of the leader']);
  assert.deepEqual(await byMessage(), ['of the leader']);
  assert.deepEqual(await byGateway(), ['of the leader']);
}

async function refuses({ byRoute, byMessage, byGateway }: Running, facts: object) {
  const response = await byRoute();
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '2');
  const { message, ...body } = (await response.json()) as { message: string };
  assert.match(message, /^Ledger\.entries\(\) runs only on the leader of "refusals"/);
  assert.deepEqual(body, { statusCode: 503, error: 'Service Unavailable', ...facts });
  for (const ask of [byMessage, byGateway])
    await assert.rejects(ask, (error) => {
      assert.deepEqual(error, { status: 'error', message, ...facts });
      return true;
    });
}
