import { request, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createClusterApp } from '../src/cluster-app.js';
import { linkTo } from '../src/cluster/link.js';
import { emptyCluster, reduce } from '../src/state/cluster.js';
import type { HappeningMessage, SnapshotMessage } from '../src/state/messages.js';
import { testDatabase } from '../../../test/support/database.js';

const database = await testDatabase();
const app = await createClusterApp({
  instances: 2,
  databaseUrl: database.url,
  program: { main: new URL('./idle-instance.mjs', import.meta.url) },
  restartDelay: 50,
});
await app.listen(0, '127.0.0.1');
const address = await app.getUrl();
const { host, origin, port } = new URL(address);
afterAll(() => app.close());

interface Refusal {
  readonly statusCode: number;
  readonly message: string;
}

/** Sends a request that a browser would not let a page send. */
function send(method: string, path: string, headers: Record<string, string>) {
  return new Promise<{ status: number; body: Refusal }>((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, method, path, headers, agent: false },
      (response: IncomingMessage) => {
        const status = response.statusCode ?? 0;
        json(response).then(
          (body) => resolve({ status, body: body as Refusal }),
          () => resolve({ status, body: { statusCode: status, message: '' } }),
        );
      },
    );
    sent.on('error', reject).end();
  });
}

const act = (path: string) => send('POST', path, { origin });

/** The stream of events of a page that has just been opened. */
async function* stream(): AsyncGenerator<{ type: string; data: unknown }> {
  const leave = new AbortController();
  const { body } = await fetch(`${address}/events`, { signal: leave.signal });
  if (!body) throw new Error('The stream has no body.');
  let received = '';
  try {
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      received += chunk;
      const messages = received.split('\n\n');
      received = messages.pop() ?? '';
      for (const message of messages) {
        const type = /^event: (.*)$/m.exec(message)?.[1];
        const data = /^data: (.*)$/m.exec(message)?.[1];
        if (type && data) yield { type, data: JSON.parse(data) as unknown };
      }
    }
  } finally {
    leave.abort();
  }
}

/** Follows the stream as the page does, until the cluster is as wanted. */
async function until(wanted: (cluster: typeof emptyCluster) => boolean, begin = async () => {}) {
  let cluster = emptyCluster;
  for await (const { type, data } of stream()) {
    if (type === 'snapshot') {
      ({ cluster } = data as SnapshotMessage);
      await begin();
    } else cluster = reduce(cluster, (data as HappeningMessage).happening);
    if (wanted(cluster)) return cluster;
  }
  throw new Error('The stream has ended.');
}

const phaseOf = (number: number) => (cluster: typeof emptyCluster) =>
  cluster.instances.find((one) => one.number === number)?.phase;

describe('The application of the cluster', () => {
  it('streams what has happened so far, and then what happens', async () => {
    await until((cluster) => cluster.instances.every(({ phase }) => phase === 'running'));
    await act('/auto-restart/off');
    const killed = await until(
      (cluster) => phaseOf(1)(cluster) === 'gone',
      async () => {
        expect(await act('/instances/1/kill')).toMatchObject({ status: 202 });
      },
    );
    expect(killed.story.map(({ text }) => text)).toContain('#1 is killed.');
    const started = await until(
      (cluster) => phaseOf(1)(cluster) === 'running',
      async () => void (await act('/instances/1/start')),
    );
    expect(started.instances.map(({ number }) => number)).toEqual([1, 2]);
  });

  it('starts an instance that has ended again, unless that is switched off', async () => {
    await act('/auto-restart/off');
    await until(
      (cluster) => phaseOf(1)(cluster) === 'gone',
      async () => void (await act('/instances/1/stop')),
    );
    const { restartDelay } = await until(
      (cluster) => phaseOf(1)(cluster) === 'running',
      async () => void (await act('/auto-restart/on')),
    );
    expect(restartDelay).toBe(50);
    let hasEnded = false;
    await until(
      (cluster) => {
        hasEnded ||= phaseOf(1)(cluster) === 'gone';
        return hasEnded && phaseOf(1)(cluster) === 'running';
      },
      async () => void (await act('/instances/1/kill')),
    );
  });

  it('adds two instances for two requests at once', async () => {
    await until((cluster) => cluster.instances.every(({ phase }) => phase === 'running'));
    await Promise.all([act('/instances'), act('/instances')]);
    await until(
      (cluster) => phaseOf(3)(cluster) === 'running' && phaseOf(4)(cluster) === 'running',
    );
    await act('/instances/3/remove');
    await act('/instances/4/remove');
    await until((cluster) => cluster.instances.length === 2);
  });

  it('freezes and thaws, cuts off and reconnects, adds and removes', async () => {
    await until((cluster) => phaseOf(2)(cluster) === 'running');
    await act('/instances/2/freeze');
    expect(await act('/instances/2/stop')).toMatchObject({
      status: 409,
      body: { message: '#2 is frozen: "stop" is not possible now.' },
    });
    await until((cluster) => phaseOf(2)(cluster) === 'frozen');
    await act('/instances/2/thaw');
    await until((cluster) => phaseOf(2)(cluster) === 'running');
    await act('/instances/2/cut-off');
    expect((await act('/instances/2/cut-off')).body.message).toContain('running, and cut off');
    await act('/instances/2/reconnect');
    await act('/instances');
    await until((cluster) => phaseOf(3)(cluster) === 'running');
    await act('/instances/3/remove');
    await until((cluster) => phaseOf(3)(cluster) === undefined);
  });

  it.each([
    ['/instances/9/kill', 404, 'There is no instance "9". There are: 1, 2.'],
    ['/instances/2/explode', 404, 'There is no action "explode". There are kill, stop, freeze, '],
    ['/instances/2/constructor', 404, 'There is no action "constructor".'],
    ['/instances/2/start', 409, '#2 has not ended.'],
    ['/instances/2/thaw', 409, '#2 is running: "thaw" is not possible now.'],
    ['/instances/leader/kill', 409, 'No instance leads at the moment.'],
    ['/server/restart', 409, 'The PostgreSQL of DATABASE_URL cannot be restarted from here.'],
  ])('refuses POST %s with %i: %s', async (path, status, message) => {
    await until((cluster) => phaseOf(2)(cluster) === 'running');
    const refused = await act(path);
    expect(refused.status).toBe(status);
    expect(refused.body.message).toContain(message);
  });

  it.each([
    ['another site', { origin: 'http://evil.example' }, '"http://evil.example"'],
    ['another port', { origin: 'http://127.0.0.1:1' }, '"http://127.0.0.1:1"'],
    ['a sandboxed frame', { origin: 'null' }, '"null"'],
    ['no page', {}, 'a request without an Origin'],
  ])('refuses an action from %s', async (_whose, headers, named) => {
    const { status, body } = await send('POST', '/instances/2/kill', headers);
    expect(status).toBe(403);
    expect(body.message).toBe(
      `Only the page itself may act: the header Origin must be "${origin}", and this is ${named}.`,
    );
    await until((cluster) => phaseOf(2)(cluster) === 'running');
  });

  it.each(['POST', 'GET'])('refuses a %s under a name that points here', async (method) => {
    const name = `evil.example:${port}`;
    const refused = await send(method, '/events', { host: name, origin: `http://${name}` });
    expect(refused.status).toBe(403);
    expect(refused.body.message).toBe(
      `This page is ${host} or localhost:${port}, and was asked for as "${name}".`,
    );
  });

  it.each([
    ['a Unix socket', 'postgresql:///app?host=/run/postgresql'],
    ['an encrypted connection', 'postgresql://app@db.example/app?sslmode=verify-full'],
    ['what is no URL', '/run/postgresql app'],
  ])('puts no proxy in front of %s', async (_what, url) => {
    expect(await linkTo(url)).toBeUndefined();
  });

  it('fails to start, and ends what it started, if the database cannot be used', async () => {
    const databaseUrl = 'postgresql://nobody@127.0.0.1:1/none';
    await expect(createClusterApp({ databaseUrl })).rejects.toThrow(/^DATABASE_URL cannot be used/);
  });

  it('acts only on POST', async () => {
    expect(await send('GET', '/instances/2/kill', {})).toMatchObject({ status: 404 });
    await until((cluster) => phaseOf(2)(cluster) === 'running');
  });

  it('lets its page load nothing from elsewhere', async () => {
    const response = await fetch(address);
    expect(await response.text()).toContain('Leader election, live');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|http|\*/);
    const d3 = await fetch(`${address}/d3.js`);
    expect(await d3.text()).toContain('https://d3js.org v7');
  });
});
