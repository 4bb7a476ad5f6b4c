// Two instances of a Nest application with a leader-only cron job, which runs on the leader and nowhere else, and on the
// other one when that leader has gone. Ends by itself, when nothing is left to do.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import { LeaderElectionService } from 'nestjs-leader-election';
import { ticks, TickingModule } from './ticking.js';

/** How long the job may take to run twice, in milliseconds: it is due every second. */
const PATIENCE = 30_000;

async function main() {
  const first = await start('first');
  const firstTerm = await first.term();
  const second = await start('second');
  await jobRunsOn('first', 2);
  await first.app.close();
  const secondTerm = await second.term();
  await jobRunsOn('second', 2);
  await second.app.close();

  assert.ok(ticks.every(({ isLeader }) => isLeader));
  const turns = ticks.filter((tick, index) => tick.instanceId !== ticks[index - 1]?.instanceId);
  assert.deepEqual(
    turns.map(({ instanceId }) => instanceId),
    ['first', 'second'],
  );
  assert.ok(secondTerm > firstTerm);
  const { node } = process.versions;
  console.log(
    `Node ${node}: the job ran on the leader alone, in term ${firstTerm} and ${secondTerm}`,
  );
}

async function start(instanceId: string) {
  const app = await NestFactory.createApplicationContext(TickingModule.forInstance(instanceId), {
    logger: ['warn', 'error'],
  });
  const election = app.get(LeaderElectionService);
  return { app, term: async () => (await election.whenLeader()).term };
}

async function jobRunsOn(instanceId: string, times: number) {
  const deadline = performance.now() + PATIENCE;
  while (ticks.filter((tick) => tick.instanceId === instanceId).length < times) {
    assert.ok(
      performance.now() < deadline,
      `the job did not run on ${instanceId} in ${PATIENCE} ms`,
    );
    await delay(20);
  }
}

void main();
