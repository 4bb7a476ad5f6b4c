import { hostname } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { candidate, type Candidate } from '../../support/candidate.js';
import { testDatabase } from '../../support/database.js';
import { fastTimings } from '../../support/fast-timings.js';
import { electorProcesses } from '../../support/processes/elector-process.js';

const database = await testDatabase();
const startProcess = await electorProcesses();

const warningsOf = ({ logged }: Candidate) =>
  logged.filter((line) => line.startsWith('Another process uses the same instanceId'));

let names = 0;
/** A name of its own for each test, longer than what the server keeps of the name of a session. */
const newName = () => `api-${'x'.repeat(100)}-${(names += 1)}`;
const start = (instanceId: string) => candidate('one', { connection: database.url, instanceId });

describe('two living processes with one instanceId', () => {
  it('are both told of the other, once', async () => {
    const instanceId = newName();
    const first = await start(instanceId).elected();
    const second = start(instanceId);
    for (const one of [first, second]) await one.until(() => warningsOf(one).length > 0);

    const pattern = new RegExp(
      `"${instanceId}": process ${process.pid} on ${hostname()} \\(server process (\\d+)\\)`,
    );
    const pids = [first, second].map((one) => Number(pattern.exec(warningsOf(one)[0] ?? '')?.[1]));
    const ofBoth = await database.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND starts_with(application_name, 'nestjs-leader-election api-xxx')`,
    );
    expect(new Set(pids)).toEqual(new Set(ofBoth.map(({ pid }) => pid)));
    expect([warningsOf(first).length, warningsOf(second).length]).toEqual([1, 1]);
  });
});

describe('a process that takes the instanceId of a frozen one', () => {
  it('says nothing of the dead session, and both say it when the other is awake again', async () => {
    const instanceId = newName();
    const options = { connection: database.url, instanceId, ...fastTimings };
    const frozen = startProcess(options);
    await frozen.report('elected');
    frozen.signal('SIGSTOP');

    const second = await start(instanceId).elected(); // The server has ended the session of the other.
    expect(warningsOf(second)).toEqual([]);

    frozen.signal('SIGCONT');
    await second.until(() => warningsOf(second).length > 0);
    let warning = await frozen.report('warning'); // first of the connection that it has lost
    while (!warning.message?.startsWith('Another process uses the same instanceId'))
      warning = await frozen.report('warning', warning.at);
    expect(warning.message).toContain(`"${instanceId}": process ${process.pid} on ${hostname()}`);
  });
});
