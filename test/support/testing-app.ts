import { afterEach } from '@jest/globals';
import { Injectable, type ModuleMetadata } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  LeaderElectionService,
  LeaderOnly,
  type Leadership,
  type LeaderElectionEvent,
  type LossReason,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import {
  LeaderElectionTesting,
  LeaderElectionTestingModule,
  type LeaderElectionTestingOptions,
} from 'nestjs-leader-election/testing';
import { log } from './collected-log.js';

const running = new Set<TestingModule>();
afterEach(async () => {
  await Promise.all([...running].map((moduleRef) => moduleRef.close()));
  running.clear();
  log.clear();
});

/** Compiles a module that logs to `log` and is closed after the test. */
export async function compile(metadata: ModuleMetadata): Promise<TestingModule> {
  const moduleRef = await Test.createTestingModule(metadata).setLogger(log).compile();
  running.add(moduleRef);
  return moduleRef;
}

/** An application without a database, and what its default election has said. */
export async function testingApp(
  providers: NonNullable<ModuleMetadata['providers']> = [],
  options?: LeaderElectionTestingOptions,
) {
  const moduleRef = await compile({
    imports: [ScheduleModule.forRoot(), LeaderElectionTestingModule.forRoot(options)],
    providers,
  });
  const service = moduleRef.get(LeaderElectionService);
  const events: LeaderElectionEvent['type'][] = [];
  service.events$.subscribe(({ type }) => events.push(type));
  await moduleRef.init().catch((error: unknown) => {
    running.delete(moduleRef); // Nest 11 can't close what has failed to start.
    throw error;
  });
  return { moduleRef, service, events, testing: moduleRef.get(LeaderElectionTesting) };
}

/** A provider that notes what its hooks hear. They take a turn of the event loop, so that whoever does not wait shows. */
@LeaderOnly()
@Injectable()
export class Worker implements OnElected, OnDemoted {
  readonly notes: string[] = [];
  readonly leaderships: Leadership[] = [];

  async onElected(leadership: Leadership) {
    await turnOfTheEventLoop();
    this.leaderships.push(leadership);
    this.notes.push(`elected ${leadership.term}`);
  }

  async onDemoted({ term }: Leadership, reason: LossReason) {
    await turnOfTheEventLoop();
    this.notes.push(`demoted ${term} ${reason}`);
  }
}

/** Taken from Node at once: a test may put fake timers in its place. */
const realImmediate = setImmediate;
export function turnOfTheEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    realImmediate(resolve);
  });
}
