// A bare Nest application: alone, with pg, with a connection, or with the module.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { options, report } from '../../child-processes/report-to-parent.mjs';

const { variant, connection, election } = options;

class App {}
const imports = [];
let connected = async () => {};
if (variant === 'bare with pg') await import('pg');
if (variant === 'bare with a connection') {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: connection });
  connected = async () => {
    await client.connect();
    await client.query('SELECT $1::int', [1]);
  };
}
if (variant === 'with the module') {
  const { LeaderElectionModule, LeaderElectionService } = await import('nestjs-leader-election');
  imports.push(LeaderElectionModule.forRoot({ connection, elections: [election] }));
  connected = async () => void (await app.get(LeaderElectionService).whenLeader());
}
const app = await NestFactory.createApplicationContext({ module: App, imports }, { logger: false });
/** Since the process began, in milliseconds. */
const boot = performance.now();
const { user, system } = process.cpuUsage();

await connected();
globalThis.gc?.();
const { heapUsed, rss } = process.memoryUsage();
report('booted', { boot, cpu: (user + system) / 1_000, heap: heapUsed, rss });
