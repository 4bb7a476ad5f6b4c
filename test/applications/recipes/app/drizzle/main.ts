// Two leaders, one after the other, which write a report with Drizzle.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { LeaderElectionModule, LeaderElectionService } from 'nestjs-leader-election';
import { db, pool, publish, publishIfNewest, report } from './report.js';

@Module({ imports: [LeaderElectionModule.forRoot({ connection: process.env.DATABASE_URL })] })
class AppModule {}

async function lead() {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
  return { app, leadership: await app.get(LeaderElectionService).whenLeader() };
}

const content = async () => (await db.select().from(report))[0]?.content;

await pool.query(
  'CREATE TABLE report (name text PRIMARY KEY, content text NOT NULL, term bigint NOT NULL)',
);
await db.insert(report).values({ name: 'daily', content: '', term: 0n });

const first = await lead();
await publish(first.leadership, 'first');
assert.equal(await content(), 'first');
await first.app.close();
await assert.rejects(publish(first.leadership, 'late'), /is over \(shutdown\)/);
assert.equal(await content(), 'first');

const second = await lead();
await publishIfNewest(second.leadership, 'second');
await assert.rejects(publishIfNewest(first.leadership, 'late'), /A later leader has written/);
assert.equal(await content(), 'second');
await second.app.close();
await pool.end();
console.log('What a term writes that is over was refused');
