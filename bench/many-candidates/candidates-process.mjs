// Many candidates in one process, each with a session of its own.
import { setMaxListeners } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Elector } from 'nestjs-leader-election/core';
import { answer, options, report } from '../child-processes/report-to-parent.mjs';

const { connection, name, from, count, more } = options;

/** How often each has lost its connection. @type {number[]} */
const losses = Array.from({ length: count }, () => 0);
const stop = new AbortController();
setMaxListeners(0, stop.signal);
const electors = Array.from({ length: count }, (_, index) => {
  const nothing = () => {};
  const elector = new Elector({
    connection,
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

// Who knows the leader is connected, and has heard of the election.
let ready = false;
setInterval(() => {
  const now = electors.every(({ leader }) => leader);
  if (now === ready) return;
  ready = now;
  report(ready ? 'ready' : 'not ready');
}, 10);

/** How late timers are here, because the process has no processor, or is busy. */
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

answer({
  roles: () => electors.map(({ role }) => role),
  leaders: () => electors.map(({ leader }) => leader?.instanceId),
  losses: () => losses,
  /** Milliseconds, since this was asked last. */
  lateness() {
    const latest = delay.max / 1e6;
    delay.reset();
    return [latest];
  },
});
