import { afterAll, expect, it } from '@jest/globals';
import { EmbeddedServer } from '../../tooling/embedded-postgres/embedded-server.mjs';
import { ProxyLink } from '../../tooling/proxies/proxy-link.mjs';
import { candidate } from '../support/candidate.js';
import { testDatabase } from '../support/database.js';
import { PgBouncer } from '../support/pgbouncer.mjs';
import { backendOf } from '../support/sessions.js';
import { latch } from '../support/timeline.js';

/** A server of our own, whose log tells every process that was asked to end. */
const server = await new EmbeddedServer().start();
const database = await testDatabase(server.url);

/** For one test: a pool of its own, so that the process of the server that becomes free goes to the next client. */
async function pool() {
  const pooler = await new PgBouncer(database.url, 'session').start();
  const link = await new ProxyLink(() => Number(new URL(pooler.url).port)).start();
  closing.push(
    () => link.stop(),
    () => pooler.stop(),
  );
  return { pooler, link };
}

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
  await server.stop();
});

/** How often somebody asked the server to end a process. */
async function terminations(): Promise<number> {
  return (await server.log()).split('administrator command').length - 1;
}

let elections = 0;
const election = () => ({ name: `election ${(elections += 1)}`, pooler: 'session' }) as const;

/** Tells of the answers to an instance's heartbeats. */
class Pulse {
  readonly sink = {
    leaderStatusChanged: () => undefined,
    leaderAcquired: () => undefined,
    leaderLost: () => undefined,
    heartbeat: () => this.#beaten?.(),
  };
  #beaten: (() => void) | undefined;

  /** Just after a heartbeat nothing is under way: PgBouncer closes the session of a client that goes in the middle of it. */
  async quiet(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#beaten = resolve;
    });
  }
}

it('an instance whose connection to PgBouncer is reset keeps the session that it gets next', async () => {
  const { pooler, link } = await pool();
  const pulse = new Pulse();
  const connection = link.through(pooler.url);
  const one = candidate('one', { ...election(), connection, metrics: pulse.sink });
  await one.elected();
  const before = await terminations();
  let resets = 0;
  for (let same = 0; same < 10; resets += 1) {
    const process = await backendOf(database, one.name);
    await pulse.quiet();
    await link.reset();
    await one.elected(resets + 2);
    expect(await terminations()).toBe(before);
    // With another process there is nothing that could be mistaken.
    if ((await backendOf(database, one.name)) === process) same += 1;
  }
  expect(one.count('demoted conn_lost')).toBe(resets);
}, 60_000);

it('an instance whose connection to PgBouncer is reset leaves alone who gets its process next', async () => {
  const { pooler, link } = await pool();
  const before = await terminations();
  for (let round = 1, same = 0; same < 3; round += 1) {
    const options = election();
    const pulse = new Pulse();
    let way = latch();
    way.open();
    const first = await candidate(`first ${round}`, {
      ...options,
      metrics: pulse.sink,
      connection: () => way.opened.then(() => link.through(pooler.url)),
    }).elected();
    const process = await backendOf(database, first.name);

    await pulse.quiet();
    way = latch();
    await link.reset();
    await first.demoted('conn_lost');
    const heir = candidate(`second ${round}`, { ...options, connection: pooler.url });
    const second = await heir.elected();
    if ((await backendOf(database, second.name)) === process) same += 1;

    way.open();
    await first.until(() => ['heir', 'leader'].includes(first.elector.role));
    expect(second.journal).toEqual([`second ${round} elected`]);
    // Whatever the first does about its former session, it has done before it leads again.
    await second.stop();
    await first.elected(2);
    expect(await terminations()).toBe(before);
    expect(second.journal).toEqual(
      ['elected', 'demoted shutdown', 'stopped'].map((what) => `second ${round} ${what}`),
    );
    await first.stop();
  }
}, 60_000);
