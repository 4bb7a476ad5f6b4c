import { bigint, pgTable, text } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/node-postgres';
import { and, eq, lte } from 'drizzle-orm';
import type { Leadership } from 'nestjs-leader-election';
import pg from 'pg';

export const report = pgTable('report', {
  name: text().primaryKey(),
  content: text().notNull(),
  term: bigint({ mode: 'bigint' }).notNull(),
});

export const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
export const db = drizzle(pool);

// #region transaction
export async function publish(leadership: Leadership, content: string) {
  const { sql, params } = db
    .update(report)
    .set({ content })
    .where(eq(report.name, 'daily'))
    .toSQL();
  await leadership.transaction((transaction) => transaction.query(sql, params));
}
// #endregion

// #region term
export async function publishIfNewest({ term }: Leadership, content: string) {
  const written = await db
    .update(report)
    .set({ content, term })
    .where(and(eq(report.name, 'daily'), lte(report.term, term)))
    .returning();
  if (written.length === 0) throw new Error('A later leader has written this report');
}
// #endregion
