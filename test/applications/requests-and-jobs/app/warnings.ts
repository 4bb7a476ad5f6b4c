// What the log says where something is wrong that does not keep an application from starting.
import assert from 'node:assert/strict';
import { Injectable } from '@nestjs/common';
import { DatabaseConnectionError, LeaderOnly, type OnElected } from 'nestjs-leader-election';
import { database, log, start } from './instance.js';
import { Timeline } from './timeline.js';

const hooks = new Timeline();
let release = () => {};
const released = new Promise<void>((resolve) => (release = resolve));

@LeaderOnly()
@Injectable()
class Slow implements OnElected {
  async onElected() {
    await released;
    hooks.note('slow');
  }
}

@LeaderOnly()
@Injectable()
class Waiting implements OnElected {
  onElected() {
    hooks.note('waiting');
  }
}

export async function longHook() {
  const { close } = await start({ elections: ['long'] }, { providers: [Slow, Waiting] });

  await log.shows(
    'warn: "long": Slow.onElected has not returned after 10000 ms, and these are waiting for it: Waiting.onElected',
  );
  release();
  await hooks.shows('waiting');
  assert.deepEqual(hooks.entries, ['slow', 'waiting']);
  await close();
}

/** Both have to be there for `leaseDuration`. */
export async function sameInstanceId() {
  const options = {
    elections: ['same-name'],
    instanceId: 'twin',
    heartbeatInterval: 200,
    renewDeadline: 1_500,
    leaseDuration: 2_000,
  };
  const twins = [await start(options), await start(options)];

  const warning = 'warn: Another process uses the same instanceId, "twin": ';
  await log.shows(warning, 2);
  const others = log.of(warning).map((line) => /server process (\d+)/.exec(line)?.[1]);
  assert.equal(new Set(others).size, 2, others.join()); // Each names the other.
  for (const twin of twins) await twin.close();
}

export const passwordIsMissing =
  "error: Can't take part in elections: The server requires a password, but none was given";

export async function missingPassword() {
  const { hostname, port, username, pathname } = new URL(database);
  const connection = {
    host: hostname,
    port: Number(port),
    user: username,
    database: pathname.slice(1),
    password: process.env['NOT_SET'],
  };
  const { election, close } = await start({ elections: ['no-password'], connection });

  await log.shows(passwordIsMissing);
  const { lastError } = election.status();
  assert.ok(lastError?.permanent && lastError.error instanceof DatabaseConnectionError);
  await close();
}
