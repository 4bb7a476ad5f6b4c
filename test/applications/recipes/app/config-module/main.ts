// An instance that has its options from the environment, and one whose environment is wrong.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { NestFactory } from '@nestjs/core';
import { LeaderElectionService } from 'nestjs-leader-election';

process.env.POD_NAME = 'pod-1';
// Not before: the module reads the environment when it is loaded.
const { AppModule } = await import('./app.module.js');

const start = () =>
  NestFactory.createApplicationContext(AppModule, { logger: ['warn'], abortOnError: false });

const app = await start();
const election = app.get(LeaderElectionService);
await election.whenLeader();
assert.equal(election.status().instanceId, 'pod-1');
assert.equal(election.status().isLeader, true);
await app.close();

process.env.STOP_TIMEOUT = 'soon';
await assert.rejects(start(), {
  message:
    /^Option `stopTimeout` must be an integer from 1 to 86400000 \(milliseconds\); given: NaN/,
});
console.log('The options came from the environment, and the variable that is wrong was named');
