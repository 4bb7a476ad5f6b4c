// An instance of an application with the default timings, which reports what happens to its leadership.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { LeaderElectionModule, LeaderElectionService, LeaderOnly } from 'nestjs-leader-election';
import { report } from '../failover/report.mjs';

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
LeaderOnly()(Duty);

const { lockKey, ...options } = JSON.parse(process.argv[2] ?? '{}');
const elections = [{ name: 'default', lockKey: BigInt(lockKey) }];
class App {}
const app = await NestFactory.createApplicationContext(
  {
    module: App,
    imports: [LeaderElectionModule.forRoot({ ...options, elections })],
    providers: [Duty],
  },
  { logger: false },
);
app.enableShutdownHooks();

const service = app.get(LeaderElectionService);
process.on('message', () => void service.resign());

let last = performance.now();
let role = '';
/** Since it thawed. */
let thawed = false;
const sampling = setInterval(() => {
  const now = performance.now();
  const { isLeader } = service;
  if (now - last > FROZEN) {
    thawed = true;
    report(isLeader ? 'thawed open' : 'thawed shut');
  }
  if (thawed && isLeader) report('acted');
  last = now;
  const current = service.status().role;
  if (current !== role) report((role = current));
}, 1);
sampling.unref();
