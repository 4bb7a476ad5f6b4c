// An instance of an application with the default timings, which reports what happens to its leadership.
import 'reflect-metadata';
import { readdirSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { getLeaderElectionToken, LeaderElectionModule, LeaderOnly } from 'nestjs-leader-election';
import { answer, options, report } from './report-to-parent.mjs';

/** Milliseconds between two samples that show that the process was not running. */
const FROZEN = 500;

class Duty {
  onElected() {
    report('elected');
  }

  onDemoted() {
    report('demoted');
    report('stopped');
  }
}

const { elections, sampling = 20, ...moduleOptions } = options;
LeaderOnly(elections[0])(Duty);
class App {}
const app = await NestFactory.createApplicationContext(
  {
    module: App,
    imports: [LeaderElectionModule.forRoot({ ...moduleOptions, elections })],
    providers: [Duty],
  },
  { logger: false },
);
app.enableShutdownHooks();

/** @type {import('nestjs-leader-election').LeaderElectionService[]} */
const services = elections.map((/** @type {string} */ name) =>
  app.get(getLeaderElectionToken(name)),
);
const [service] = /** @type {[import('nestjs-leader-election').LeaderElectionService]} */ (
  services
);
answer({
  resign: () => Promise.all(services.map((each) => each.resign())),
  usage() {
    globalThis.gc?.(); // What is left is what is held.
    const { rss, heapUsed, external } = process.memoryUsage();
    return {
      rss,
      heap: heapUsed,
      external,
      handles: process.getActiveResourcesInfo().length,
      files: process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0,
    };
  },
});

let last = performance.now();
let role = '';
/** Since it thawed. */
let thawed = false;
setInterval(() => {
  const now = performance.now();
  const { isLeader } = service;
  if (now - last > FROZEN) {
    thawed = true;
    report(isLeader ? 'thawed open' : 'thawed shut');
  }
  if (thawed && isLeader) report('acted');
  last = now;
  const current = commonRole();
  if (current !== role) report((role = current));
}, sampling).unref();

/** What this instance is in all of its elections, once it knows who leads them. */
function commonRole() {
  const roles = new Set(services.map((each) => each.status().role));
  const isSettled = roles.size === 1 && services.every(({ leader }) => leader);
  return isSettled ? String([...roles][0]) : '';
}
