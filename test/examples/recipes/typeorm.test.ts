import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Leadership } from 'nestjs-leader-election';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import { appsOn } from '../../support/app.js';
import { testDatabase } from '../../support/database.js';

@Entity()
class Report {
  @PrimaryColumn('text') name!: string;
  @Column('text') content!: string;
  @Column('bigint') term!: string;
}

const database = await testDatabase();
const start = appsOn(database);
const dataSource = new DataSource({
  type: 'postgres',
  url: database.url,
  entities: [Report],
  synchronize: true,
});

beforeAll(() => dataSource.initialize());
afterAll(() => dataSource.destroy());
beforeEach(() => dataSource.getRepository(Report).save({ name: 'daily', content: '', term: '0' }));

const content = async () => (await dataSource.getRepository(Report).find())[0]?.content;

// #region transaction
async function publish(leadership: Leadership, content: string) {
  const [sql, parameters] = dataSource
    .createQueryBuilder()
    .update(Report)
    .set({ content })
    .where({ name: 'daily' })
    .getQueryAndParameters();
  await leadership.transaction((transaction) => transaction.query(sql, parameters));
}
// #endregion

// #region term
async function publishIfNewest({ term }: Leadership, content: string) {
  const { affected } = await dataSource
    .createQueryBuilder()
    .update(Report)
    .set({ content, term: String(term) })
    .where('name = :name AND term <= :term', { name: 'daily', term: String(term) })
    .execute();
  if (affected === 0) throw new Error('A later leader has written this report');
}
// #endregion

it('writes in the transaction of the leadership, and not once it is over', async () => {
  const app = await start('one');
  const leadership = await app.leads();

  await publish(leadership, 'first');
  expect(await content()).toBe('first');

  await app.close();
  await expect(publish(leadership, 'late')).rejects.toThrow('is over (shutdown)');
  expect(await content()).toBe('first');
});

it('refuses what an earlier term writes', async () => {
  const first = await start('first');
  const earlier = await first.leads();
  await first.close();
  const later = await (await start('second')).leads();

  await publishIfNewest(later, 'later');
  await expect(publishIfNewest(earlier, 'earlier')).rejects.toThrow('A later leader has written');
  expect(await content()).toBe('later');
});
