// An application with the default timings that reports its elections and demotions.
import 'reflect-metadata';
import { readdirSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { getLeaderElectionToken, LeaderElectionModule, LeaderOnly } from 'nestjs-leader-election';
import { answer, options, report } from './report-to-parent.mjs';

/** A gap between two samples, in milliseconds, that shows that the process was frozen. */
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
    globalThis.gc?.(); // What remains is in use.
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

/** The role of this instance if it is the same in all elections and their leaders are known, otherwise ''. */
function commonRole() {
  const roles = new Set(services.map((each) => each.status().role));
  const isSettled = roles.size === 1 && services.every(({ leader }) => leader);
  return isSettled ? String([...roles][0]) : '';
}
