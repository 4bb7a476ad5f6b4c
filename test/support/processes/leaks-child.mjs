// Demotes and reconnects an instance a thousand times, on a clock of its own, and prints what is left. In a process of
// its own, where nothing else holds on to anything: what the garbage collector can't take is a leak.
import { getEventListeners } from 'node:events';
import { pathToFileURL } from 'node:url';
import { queryObjects } from 'node:v8';

const [compiled = ''] = process.argv.slice(2);
const load = (/** @type {string} */ file) => import(pathToFileURL(`${compiled}/${file}.js`).href);
const { Election } = await load('lib/core/election/election');
const { Instance } = await load('lib/core/fleet/instance');
const { silentLogger } = await load('lib/core/common/logger');
const { Session } = await load('lib/core/session/session');
const { defaultTimings } = await load('lib/core/model/timings');
const { ManualClock } = await load('test/support/manual-clock');
const { ScriptedConnection } = await load('test/support/scripted-connection');

const clock = new ManualClock();

/** Grants every lock, and can be told to close. */
const connector = {
  /** @type {any} */
  current: undefined,
  connect() {
    this.current = new ScriptedConnection(clock);
    this.current.tryLocks = (/** @type {unknown[]} */ tries) =>
      Promise.resolve(tries.map(() => 'lock'));
    return Promise.resolve(this.current);
  },
};

const counts = { elected: 0, started: 0, stopped: 0 };
const common = { clock, logger: silentLogger, random: () => 0.5, timings: defaultTimings };
const election = new Election({
  ...common,
  name: 'default',
  keys: { lock: 1n, heir: 2n },
  candidate: true,
  takeover: 'fast',
  sharesKey: false,
  self: { instanceId: 'one' },
  duties: {
    start: () => Promise.resolve(void (counts.started += 1)),
    stop: () => Promise.resolve(void (counts.stopped += 1)),
    unfinished: () => [],
  },
});
election.events.on((/** @type {{ type: string }} */ { type }) => {
  if (type === 'elected') counts.elected += 1;
});
const self = { instanceId: 'one', version: 'of the test' };
const instance = new Instance({ ...common, self, connector, elections: [election] });
const stop = new AbortController();
const ended = instance.run(stop.signal);

/** Long enough to connect again after the longest pause, and to wait for the takeover. */
const RECOVERY = 5_000 + defaultTimings.renewDeadline + 1_000;

async function loseAndRecover() {
  connector.current.close(new Error('terminated'));
  await clock.run(RECOVERY);
}

function alive() {
  const kinds = { Promise, AbortController, Session, ScriptedConnection };
  // A collection that had begun before it was asked for spares what was allocated meanwhile. The next one does not.
  queryObjects(Promise, { format: 'count' });
  return {
    timers: clock.pending,
    listeners: election.events.size + getEventListeners(stop.signal, 'abort').length,
    ...Object.fromEntries(
      Object.entries(kinds).map(([kind, type]) => [kind, queryObjects(type, { format: 'count' })]),
    ),
  };
}

// What the first ones leave is the state of a running instance.
for (let i = 0; i < 10; i += 1) await loseAndRecover();
const before = alive();
for (let i = 0; i < 1_000; i += 1) await loseAndRecover();
const after = alive();
stop.abort();
await ended;
process.stdout.write(JSON.stringify({ counts, before, after, stopped: { timers: clock.pending } }));
