import { afterEach } from '@jest/globals';
import {
  Injectable,
  type INestApplicationContext,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import {
  LeaderElectionModule,
  LeaderElectionService,
  type Leadership,
  type LeaderElectionEvent,
  type LeaderElectionModuleOptions,
} from 'nestjs-leader-election';
import { log } from './collected-log.js';
import { Diary, eventually, timeline, within } from './timeline.js';

/** Intervals that keep a test short; leases stay long, since a busy machine stalls a process for a while. */
const BRISK = { retryInterval: 200, heirInterval: 20 } as const;

/** A lease that a test can wait for. */
export const SHORT_LEASE = {
  heartbeatInterval: 100,
  renewDeadline: 600,
  leaseDuration: 1_000,
} as const;

interface Closable {
  close(): Promise<unknown>;
}

const running = new Set<Closable>();
afterEach(async () => {
  await Promise.all([...running].map((one) => one.close()));
  running.clear();
  timeline.clear();
  log.clear();
});

/** What a test has started: it is closed after the test. */
export function closedAfterwards<T extends Closable>(one: T): T {
  running.add(one);
  return one;
}

/** Closes within a test what would be closed after it. */
export async function closeNow(one: Closable): Promise<void> {
  running.delete(one);
  await one.close();
}

/** Boots an application that logs to `log` and is closed after the test. Rejects when the boot fails. */
export async function boot(metadata: ModuleMetadata): Promise<INestApplicationContext> {
  class App {}
  return closedAfterwards(
    await NestFactory.createApplicationContext(
      { module: App, ...metadata },
      { logger: log, abortOnError: false },
    ),
  );
}

/** One running application: an instance among those of its test. */
export interface TestApp {
  readonly instanceId: string;
  /** The default election. */
  readonly election: LeaderElectionService;
  /** What the default election has said since the start. */
  readonly events: readonly LeaderElectionEvent[];
  readonly diary: Diary;
  readonly get: <T>(token: Type<T> | string) => T;
  /** Resolves when this instance leads. */
  readonly leads: (election?: LeaderElectionService) => Promise<Leadership>;
  /** Resolves when this instance is connected and next in line. */
  readonly waitsInLine: (election?: LeaderElectionService) => Promise<void>;
  /** Resolves when this instance has heard who leads. */
  readonly knowsLeader: (instanceId: string) => Promise<void>;
  /** Resolves when the default election has said so, once or more. */
  readonly hears: (event: LeaderElectionEvent['type']) => Promise<void>;
  readonly close: () => Promise<void>;
}

function testApp(instanceId: string, context: INestApplicationContext): TestApp {
  const election = context.get(LeaderElectionService);
  const { events } = context.get(EventRecorder);
  return {
    instanceId,
    election,
    events,
    diary: context.get(Diary),
    get: (token) => context.get(token),
    leads: (contested = election) =>
      within(contested.whenLeader(), () => `${instanceId} does not lead`),
    waitsInLine: (contested = election) => eventually(() => contested.status().role === 'heir'),
    knowsLeader: (leader) => eventually(() => election.leader?.instanceId === leader),
    hears: (type) => eventually(() => events.some((event) => event.type === type)),
    close: () => closeNow(context),
  };
}

export interface AppSetup extends ModuleMetadata {
  readonly options?: LeaderElectionModuleOptions;
}

/** Makes a function that starts instances, all with one database. */
export function appsOn(database: { readonly url: string }) {
  return async (instanceId: string, setup: AppSetup = {}): Promise<TestApp> => {
    const { options, imports = [], providers = [], ...rest } = setup;
    const context = await boot({
      imports: [
        ScheduleModule.forRoot(),
        LeaderElectionModule.forRoot({
          connection: database.url,
          instanceId,
          ...BRISK,
          ...options,
        }),
        diaryOf(instanceId),
        ...imports,
      ],
      providers: [EventRecorder, ...providers],
      ...rest,
    });
    return testApp(instanceId, context);
  };
}

function diaryOf(instanceId: string) {
  class DiaryModule {}
  const diary = { provide: Diary, useValue: new Diary(instanceId) };
  return { module: DiaryModule, global: true, providers: [diary], exports: [diary] };
}

@Injectable()
class EventRecorder {
  readonly events: LeaderElectionEvent[] = [];

  constructor(election: LeaderElectionService) {
    election.events$.subscribe((event) => this.events.push(event));
  }
}
