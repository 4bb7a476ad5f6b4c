// Many candidates in one process, each with its own session.
import { setMaxListeners } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Elector } from 'nestjs-leader-election/core';
import { monotonicNow } from '../../tooling/clock.mjs';
import { answer, options, report } from '../child-processes/report-to-parent.mjs';

const { connection, direct, name, from, count, more } = options;

let url = connection;
/** When candidates tried to connect, on the machine's monotonic clock. @type {number[]} */
let attempts = [];

/** How often each candidate has lost its connection. @type {number[]} */
const losses = Array.from({ length: count }, () => 0);
const stop = new AbortController();
setMaxListeners(0, stop.signal);
const electors = Array.from({ length: count }, (_, index) => {
  const nothing = () => {};
  const elector = new Elector({
    connection() {
      attempts.push(monotonicNow());
      return url;
    },
    name,
    instanceId: `candidate ${from + index}`,
    ...more,
    onElected: () => report('elected', `candidate ${from + index}`),
    metrics: {
      leaderStatusChanged: nothing,
      leaderAcquired: nothing,
      leaderLost: nothing,
      connectionLost: () => (losses[index] = (losses[index] ?? 0) + 1),
    },
  });
  void elector.run(stop.signal);
  return elector;
});

// A candidate that knows the leader is connected and knows the election.
let ready = false;
setInterval(() => {
  const now = electors.every(({ leader }) => leader);
  if (now === ready) return;
  ready = now;
  report(ready ? 'ready' : 'not ready');
}, 10);

/** How late timers fire in this process, because it is busy or gets no CPU. */
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

answer({
  roles: () => electors.map(({ role }) => role),
  leaders: () => electors.map(({ leader }) => leader?.instanceId),
  losses: () => losses,
  /** From now on, candidates connect to the server itself. */
  goDirect: () => [(url = direct)],
  /** Since the last call. */
  attempts() {
    const made = attempts;
    attempts = [];
    return made;
  },
  /** In milliseconds, since the last call. */
  lateness() {
    const latest = delay.max / 1e6;
    delay.reset();
    return [latest];
  },
});
