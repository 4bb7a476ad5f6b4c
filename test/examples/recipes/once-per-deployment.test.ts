import { afterEach, expect, it } from '@jest/globals';
import { Elector, type Leadership } from 'nestjs-leader-election/core';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { testDatabase } from '../../support/database.js';
import { latch } from '../../support/timeline.js';

const database = await testDatabase();
const connection = database.url;
const VERSION = '2026-11-27';

// #region in-turn
/** Runs `work` while no other instance runs it, and resolves when it has finished here. */
async function inTurn(name: string, work: (leadership: Leadership) => Promise<void>) {
  const over = new AbortController();
  let done = Promise.resolve();
  const elector = new Elector({
    connection,
    name,
    onElected: (leadership) => (done = work(leadership).finally(() => over.abort())),
  });
  await elector.run(over.signal); // after this, it is the next instance's turn
  await done; // rethrows an error of `work`
}
// #endregion

class CreateTables1764000000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner) {
    await queryRunner.query('CREATE TABLE deployment (version text PRIMARY KEY)');
    await queryRunner.query('CREATE TABLE plan (name text)');
  }

  async down() {}
}

const dataSources: DataSource[] = [];
afterEach(() => Promise.all(dataSources.splice(0).map((dataSource) => dataSource.destroy())));

async function connectTypeOrm() {
  const migrations = [CreateTables1764000000000];
  const dataSource = new DataSource({ type: 'postgres', url: connection, migrations });
  dataSources.push(dataSource);
  return dataSource.initialize();
}

/** What an instance does before it serves. */
async function prepare(dataSource: DataSource) {
  // #region prepare
  await inTurn('migrations', async () => {
    await dataSource.runMigrations(); // records what it has run, and skips it next time
  });

  await inTurn('seeding', (leadership) =>
    leadership.transaction(async ({ query }) => {
      const insert = 'INSERT INTO deployment (version) VALUES ($1) ON CONFLICT DO NOTHING';
      const { rowCount } = await query(insert, [VERSION]);
      if (rowCount === 0) return; // another instance has done it
      await query(`INSERT INTO plan (name) VALUES ('basic'), ('pro')`);
    }),
  );
  // #endregion
}

it('is done once, and every instance goes on when it has been done', async () => {
  const instances = await Promise.all([connectTypeOrm(), connectTypeOrm(), connectTypeOrm()]);

  await Promise.all(
    instances.map(async (dataSource) => {
      await prepare(dataSource);
      expect(await dataSource.query('SELECT name FROM plan ORDER BY name')).toEqual([
        { name: 'basic' },
        { name: 'pro' },
      ]);
    }),
  );
});

it('keeps the others waiting until it is done', async () => {
  const [begun, released] = [latch(), latch()];
  const order: string[] = [];
  const first = inTurn('slow', async () => {
    begun.open();
    await released.opened;
    order.push('first has done it');
  });
  await begun.opened;
  const second = inTurn('slow', async () => void order.push('second has its turn'));
  released.open();
  await Promise.all([first, second]);

  expect(order).toEqual(['first has done it', 'second has its turn']);
});

it('that fails keeps this instance from starting, and is left to the next', async () => {
  const failing = inTurn('failing', () => Promise.reject(new Error('No such column')));
  await expect(failing).rejects.toThrow('No such column');
  await inTurn('failing', async () => undefined);
});
