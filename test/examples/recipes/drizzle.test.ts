import { afterAll, beforeEach, expect, it } from '@jest/globals';
import { and, eq, lte } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { bigint, pgTable, text } from 'drizzle-orm/pg-core';
import type { Leadership } from 'nestjs-leader-election';
import pg from 'pg';
import { appsOn } from '../../support/app.js';
import { testDatabase } from '../../support/database.js';

const report = pgTable('report', {
  name: text().primaryKey(),
  content: text().notNull(),
  term: bigint({ mode: 'bigint' }).notNull(),
});

const database = await testDatabase();
const start = appsOn(database);
const pool = new pg.Pool({ connectionString: database.url });
const db = drizzle(pool);
await pool.query(
  'CREATE TABLE report (name text PRIMARY KEY, content text NOT NULL, term bigint NOT NULL)',
);

afterAll(() => pool.end());
beforeEach(async () => {
  await db.delete(report);
  await db.insert(report).values({ name: 'daily', content: '', term: 0n });
});

const content = async () => (await db.select().from(report))[0]?.content;

// #region transaction
async function publish(leadership: Leadership, content: string) {
  const { sql, params } = db
    .update(report)
    .set({ content })
    .where(eq(report.name, 'daily'))
    .toSQL();
  await leadership.transaction((transaction) => transaction.query(sql, params));
}
// #endregion

// #region term
async function publishIfNewest({ term }: Leadership, content: string) {
  const written = await db
    .update(report)
    .set({ content, term })
    .where(and(eq(report.name, 'daily'), lte(report.term, term)))
    .returning();
  if (written.length === 0) throw new Error('A later leader has written this report');
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
