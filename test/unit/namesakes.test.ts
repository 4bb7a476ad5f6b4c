import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../lib/core/common/logger.js';
import { Namesakes } from '../../lib/core/fleet/namesakes.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { Session } from '../../lib/core/session/session.js';
import { ManualClock, settle } from '../support/manual-clock.js';
import { ScriptedConnection } from '../support/scripted-connection.js';

const { leaseDuration } = defaultTimings;
const PID = 77;

/** An instance, and what the server says of process 77 when it is asked. */
function instance({ hasNamesake = false } = {}) {
  const clock = new ManualClock();
  const connection = new ScriptedConnection(clock);
  connection.hasNamesake = hasNamesake;
  let living = [{ pid: PID, age: leaseDuration + 50, trusted: true }];
  connection.senders = () => Promise.resolve(living);
  const session = new Session(connection, clock, defaultTimings);
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
  const namesakes = new Namesakes(session, { instanceId: 'api', random: () => 0.5, logger });
  return {
    clock,
    session,
    warnings,
    hears: (pid = PID, host = 'node-1') => {
      namesakes.onIntroduction({ type: 'same-name', instanceId: 'api', host, process: 4711 }, pid);
    },
    server: (senders: typeof living) => (living = senders),
    introductions: () => connection.statements.filter((name) => name === 'announce').length,
  };
}

describe('an instance', () => {
  it('introduces itself where the server may have another of its name, and only there', async () => {
    const [newcomer, alone] = [instance({ hasNamesake: true }), instance()];
    for (const { clock } of [newcomer, alone]) await clock.run(60_000);
    expect(newcomer.introductions()).toBe(1);
    expect(alone.introductions()).toBe(0);
  });

  it('warns of another that introduces itself and is still there a lease later, and answers it', async () => {
    const { hears, clock, warnings, introductions } = instance();
    hears();
    await clock.run(leaseDuration - 1);
    expect(warnings).toEqual([]);
    expect(introductions()).toBe(1);
    await clock.run(1);
    expect(warnings).toEqual([
      'Another process uses the same instanceId, "api": process 4711 on node-1 (server process 77). ' +
        'Set a unique `instanceId` for each instance, or omit the option',
    ]);
  });

  it('warns once of each, and answers each once, however often they introduce themselves', async () => {
    const { hears, clock, warnings, introductions } = instance();
    for (let second = 0; second < 60; second += 1) {
      hears();
      await clock.run(1_000);
    }
    expect(warnings).toHaveLength(1);
    expect(introductions()).toBe(1);
  });

  it.each([
    ['is gone by then, as one that was replaced', []],
    ['is gone, and whose number another process has', [{ pid: PID, age: 20, trusted: true }]],
    ['could not end its session', [{ pid: PID, age: leaseDuration + 50, trusted: false }]],
  ])('does not warn of one that %s', async (_what, senders) => {
    const { hears, clock, warnings, server } = instance();
    hears();
    server(senders);
    await clock.run(2 * leaseDuration);
    expect(warnings).toEqual([]);
  });

  it('does not take its own introduction for that of another', async () => {
    const { hears, clock, warnings } = instance({ hasNamesake: true });
    hears(1);
    await clock.run(2 * leaseDuration);
    expect(warnings).toEqual([]);
  });

  it('says and does nothing any more when its session is over', async () => {
    const { hears, clock, session, warnings } = instance({ hasNamesake: true });
    hears();
    session.end('conn_lost');
    await settle();
    expect(clock.pending).toBe(0);
    hears(78);
    expect(clock.pending).toBe(0);
    expect(warnings).toEqual([]);
  });

  it('answers a flood of names twice a second, and takes note of a few', async () => {
    const { hears, clock, warnings, introductions } = instance();
    for (let pid = 100; pid < 1_100; pid += 1) {
      hears(pid, `node\n${pid}`);
      await clock.run(10);
    }
    await clock.run(2 * leaseDuration);
    expect(introductions()).toBeLessThan(5);
    expect(warnings).toHaveLength(16);
    expect(warnings[0]).not.toContain('\n');
  });
});
