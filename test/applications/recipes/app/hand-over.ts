// Two instances of an application that enters invoices; the first hands over while it is at work on one.
import assert from 'node:assert/strict';
import type { ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { LeaderElectionModule, LeaderElectionService } from 'nestjs-leader-election';
import { Ledger } from './ledger.js';

interface Recipe extends Pick<ModuleMetadata, 'imports' | 'providers'> {
  add(invoice: number): Promise<unknown>;
}

export async function handOver({ imports = [], providers = [], add }: Recipe) {
  const start = async (instanceId: string) => {
    class AppModule {}
    const app = await NestFactory.createApplicationContext(
      {
        module: AppModule,
        imports: [
          LeaderElectionModule.forRoot({ connection: process.env.DATABASE_URL, instanceId }),
          ...imports,
        ],
        providers: [{ provide: Ledger, useValue: new Ledger(instanceId) }, ...providers],
      },
      { logger: ['warn', 'error'] },
    );
    return { app, election: app.get(LeaderElectionService) };
  };

  const first = await start('first');
  const { signal, term } = await first.election.whenLeader();
  const second = await start('second');

  await add(1);
  await Ledger.shows('first has entered 1');

  let release = () => {};
  Ledger.held.set(2, new Promise((resolve) => (release = resolve)));
  await add(2);
  await add(3);
  await Ledger.shows('first begins 2');
  const closed = first.app.close();
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  await new Promise(setImmediate); // By now, the consumer was told.
  assert.equal(second.election.isLeader, false, 'the lock was released before the work had ended');
  release();
  await closed;
  await Ledger.shows('second has entered 3');

  // The leader goes on with its work after it was demoted and elected again.
  const { term: secondTerm } = await second.election.whenLeader();
  await second.election.resign();
  const { term: thirdTerm } = await second.election.whenLeader();
  await add(4);
  await Ledger.shows('second has entered 4');
  await second.app.close();

  const work = ['first 1', 'first 2', 'second 3', 'second 4'].map((entry) => entry.split(' '));
  assert.deepEqual(
    Ledger.entries,
    work.flatMap(([instance, invoice]) => [
      `${instance} begins ${invoice}`,
      `${instance} has entered ${invoice}`,
    ]),
  );
  assert.deepEqual(Ledger.terms, [term, term, secondTerm, thirdTerm]);
  console.log(`Each invoice was entered once, by the leader: ${Ledger.entries.join(', ')}`);
}
