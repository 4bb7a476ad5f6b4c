/**
 * What must compile, and what must not: checked by `npm run typecheck`, which also objects to an expected error that is
 * none. Nothing here is run.
 */
import { Injectable } from '@nestjs/common';
import { Pool, type ClientConfig, type PoolConfig } from 'pg';
import {
  InjectLeaderElection,
  LeaderElectionModule,
  LeaderElectionService,
  LeaderGuard,
  InjectPartitions,
  LeaderOnly,
  partitions,
  PartitionSet,
  PartitionsService,
  type ConnectionSettings,
  type Leadership,
  type LeaderElectionModuleOptions,
  type LeaderElectionOptionsFactory,
  type LossReason,
  type MetricsSink,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import { Elector } from 'nestjs-leader-election/core';

// --- options -----------------------------------------------------------------------------------------------------------

LeaderElectionModule.forRoot({ connection: process.env['DATABASE_URL'] });
LeaderElectionModule.forRoot({ connection: { host: 'db', database: 'app' }, spread: true });
LeaderElectionModule.forRoot({
  connection: async () => Promise.resolve('postgresql://db/app'),
  elections: ['default', { name: 'billing', lockKey: 42n, candidate: false }],
  takeover: 'strict',
  pooler: 'session',
  isGlobal: false,
});
// @ts-expect-error a misspelt option
LeaderElectionModule.forRoot({ conection: 'postgresql://db/app' });
// @ts-expect-error an interval is a number
LeaderElectionModule.forRoot({ connection: '', heartbeatInterval: '1s' });
// @ts-expect-error there is no such takeover
LeaderElectionModule.forRoot({ connection: '', takeover: 'slow' });
// @ts-expect-error a key is a bigint
LeaderElectionModule.forRoot({ connection: '', elections: [{ name: 'billing', lockKey: 42 }] });
// @ts-expect-error an election has a name
LeaderElectionModule.forRoot({ connection: '', elections: [{ lockKey: 42n }] });
// @ts-expect-error an option of an election, misspelt
LeaderElectionModule.forRoot({ connection: '', elections: [{ name: 'billing', canditate: true }] });

// --- the connection: our own types, which take what pg's take ----------------------------------------------------------

declare const client: ClientConfig;
declare const ofPool: PoolConfig;
LeaderElectionModule.forRoot({ connection: client });
LeaderElectionModule.forRoot({ connection: ofPool });
LeaderElectionModule.forRoot({ connection: async () => Promise.resolve(client) });
LeaderElectionModule.forRoot({
  connection: { host: 'db', password: async () => Promise.resolve(''), ssl: { ca: '' } },
});
// @ts-expect-error a number
LeaderElectionModule.forRoot({ connection: 42 });
// @ts-expect-error a field, misspelt
LeaderElectionModule.forRoot({ connection: { hosts: 'db' } });
// @ts-expect-error a port is a number
LeaderElectionModule.forRoot({ connection: { host: 'db', port: '5432' } });
// @ts-expect-error a setting of TLS, misspelt
LeaderElectionModule.forRoot({ connection: { host: 'db', ssl: { rejectUnauthorised: false } } });
// @ts-expect-error the session can't be one of a pool
LeaderElectionModule.forRoot({ connection: new Pool() });
// @ts-expect-error a function returns a configuration
LeaderElectionModule.forRoot({ connection: () => 42 });

/** What pg's configuration has and ours lacks: nothing. */
export const lacking: never[] = [] as Exclude<keyof ClientConfig, keyof ConnectionSettings>[];

class Options implements LeaderElectionOptionsFactory {
  createLeaderElectionOptions(): LeaderElectionModuleOptions {
    return { connection: '' };
  }
}
LeaderElectionModule.forRootAsync({ useFactory: () => ({ connection: '' }) });
LeaderElectionModule.forRootAsync({ useFactory: async () => Promise.resolve({ connection: '' }) });
LeaderElectionModule.forRootAsync({ useClass: Options });
LeaderElectionModule.forRootAsync({ useExisting: Options, isGlobal: true });
// @ts-expect-error a factory returns options
LeaderElectionModule.forRootAsync({ useFactory: () => 'postgresql://db/app' });
// @ts-expect-error a class that makes no options
LeaderElectionModule.forRootAsync({ useClass: LeaderElectionService });

// --- decorators and hooks ----------------------------------------------------------------------------------------------

@LeaderOnly({ election: 'billing', catchUp: true })
@Injectable()
export class Provider implements OnElected, OnDemoted {
  @InjectLeaderElection('billing')
  readonly billing!: LeaderElectionService;

  onElected(leadership: Leadership): void {
    // @ts-expect-error a term is a bigint
    const term: number = leadership.term;
    void term;
  }

  async onDemoted(_leadership: Leadership, reason: LossReason): Promise<void> {
    // @ts-expect-error there is no such reason
    if (reason === 'tired') return;
    await Promise.resolve();
  }

  @LeaderOnly()
  first(): void {
    // default election
  }

  @LeaderOnly('billing')
  second(): void {
    // by name
  }

  // @ts-expect-error an option, misspelt
  @LeaderOnly({ catchup: true })
  third(): void {
    // refused
  }

  // @ts-expect-error a name is a text
  @LeaderOnly(42)
  fourth(): void {
    // refused
  }
}

export class WrongElected implements OnElected {
  // @ts-expect-error it is given the leadership
  onElected(name: string): void {
    void name;
  }
}

export class WrongDemoted implements OnDemoted {
  // @ts-expect-error the leadership comes first, then the reason
  onDemoted(reason: LossReason): void {
    void reason;
  }
}

// @ts-expect-error it needs the name
InjectLeaderElection();
LeaderGuard.for('billing');
// @ts-expect-error it needs the name
LeaderGuard.for();

// --- service, metrics, elector -----------------------------------------------------------------------------------------

export async function use(service: LeaderElectionService): Promise<number | undefined> {
  service.isLeader$.subscribe((isLeader: boolean) => isLeader);
  // @ts-expect-error only the election decides
  service.isLeader = true;
  const result = await service.runIfLeader(({ term }) => Number(term));
  // @ts-expect-error undefined where it does not lead
  const certain: number = result;
  void certain;
  return result;
}

export const sink: MetricsSink = {
  leaderStatusChanged: (isLeader, { election }) => void [isLeader, election],
  leaderAcquired: ({ term }) => void term,
  leaderLost: (reason) => void reason,
};
export const sinkOfConnections: MetricsSink = {
  ...sink,
  heartbeat: (_milliseconds, { elections }) => void elections.map(({ election }) => election),
  connectionStatusChanged: (status, { candidate }) => void (status === 'closed' && candidate),
  // @ts-expect-error a connection is not of one election
  connectionLost: (_error, { election }) => void election,
};
// @ts-expect-error a sink counts losses too
export const half: MetricsSink = {
  leaderStatusChanged: () => undefined,
  leaderAcquired: () => undefined,
};

new Elector({ connection: '', lockKey: 42n, onElected: ({ signal }) => signal });
// @ts-expect-error it needs to know what to do
new Elector({ connection: '', name: 'billing' });
// @ts-expect-error the Nest module's option
new Elector({ connection: '', elections: ['billing'], onElected: () => undefined });

// --- partitions --------------------------------------------------------------------------------------------------------

const orders = partitions('orders', 48);
LeaderElectionModule.forRoot({ elections: ['default', ...orders] });
// @ts-expect-error it can't be changed
orders.count = 12;

@LeaderOnly(orders)
@Injectable()
export class OfPartitions implements OnElected {
  constructor(@InjectPartitions(orders) readonly partitions: PartitionsService) {}

  async onElected({ partition }: Leadership): Promise<void> {
    const number: number | undefined = partition;
    const result: Promise<string | undefined> = this.partitions.runIfOwner('key', async () => 'a');
    await result;
    // @ts-expect-error a key is a string
    this.partitions.owns(number);
    // @ts-expect-error nobody gives it away so
    this.partitions.owned = [];
  }

  // @ts-expect-error only a class has the hooks of partitions
  @LeaderOnly(orders)
  send(): void {}
}

export const set: PartitionSet = orders;
