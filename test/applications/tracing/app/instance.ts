import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  LeaderElectionModule,
  LeaderElectionService,
  LeaderOnly,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import { inSpan } from './tracing.js';

/** How often to look, in milliseconds, and for how long at the most. */
const LOOK_EVERY = 10;
const PATIENCE = 30_000;

/** Its hooks do something that is traced. */
@LeaderOnly()
@Injectable()
export class Duty implements OnElected, OnDemoted {
  /** Emits the name of an instance whose duty has ended. */
  static readonly ends = new EventEmitter();

  constructor(private readonly election: LeaderElectionService) {}

  async onElected() {
    await inSpan(`elected ${this.election.status().instanceId}`, async () => {});
  }

  async onDemoted() {
    await inSpan(`demoted ${this.election.status().instanceId}`, async () => {});
    Duty.ends.emit(this.election.status().instanceId);
  }
}

export async function start(instanceId: string) {
  let heartbeats = 0;
  @Module({
    imports: [
      LeaderElectionModule.forRoot({
        connection: process.env['DATABASE_URL'],
        instanceId,
        heartbeatInterval: 50,
        heirInterval: 20,
        metrics: {
          leaderStatusChanged() {},
          leaderAcquired() {},
          leaderLost() {},
          heartbeat: () => (heartbeats += 1),
        },
      }),
    ],
    providers: [Duty],
  })
  class App {}
  const app = await NestFactory.createApplicationContext(App, { logger: ['warn', 'error'] });
  const election = app.get(LeaderElectionService);
  return {
    election,
    /** So many heartbeats more: meanwhile, an heir tries the lock several times as often. */
    leadsFor: (count: number) => {
      const enough = heartbeats + count;
      return until(() => heartbeats >= enough, `${instanceId} sent no ${count} heartbeats`);
    },
    becomesHeir: () => until(() => election.status().role === 'heir', `${instanceId} is no heir`),
    close: () => app.close(),
  };
}

async function until(condition: () => boolean, otherwise: string) {
  const deadline = performance.now() + PATIENCE;
  while (!condition()) {
    assert.ok(performance.now() < deadline, `${otherwise} in ${PATIENCE} ms`);
    await delay(LOOK_EVERY);
  }
}
