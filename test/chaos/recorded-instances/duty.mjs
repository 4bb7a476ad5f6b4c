import { Inject } from '@nestjs/common';
import { Cron, SchedulerRegistry } from '@nestjs/schedule';
import { LeaderOnly } from 'nestjs-leader-election';
import { setTimeout as delay } from 'node:timers/promises';
import { JOB } from '../settings.mjs';
import { JobRuns } from './job-runs.mjs';
import { Writing } from './writing.mjs';

/**
 * @typedef {object} DutySetup
 * @property {string} election
 * @property {string} instance
 * @property {import('./recorder.mjs').Recorder} recorder
 * @property {import('./own-connection.mjs').OwnConnection} connection
 * @property {(leads: boolean) => void} tell
 */

/**
 * The leader-only provider of one election, which writes into a table as long as it leads, and has a job that catches up.
 *
 * @param {DutySetup} setup
 */
export function dutyOf({ election, instance, recorder, connection, tell }) {
  const about = { instance, election };
  const writing = new Writing(about, recorder);
  const runs = new JobRuns(about, connection, recorder);
  const jobName = `job of ${election}`;

  class Duty {
    #registry;
    /** @type {import('nestjs-leader-election').Leadership | undefined} */
    #leadership;

    /** @param {SchedulerRegistry} registry */
    constructor(registry) {
      this.#registry = registry;
    }

    /** @param {import('nestjs-leader-election').Leadership} leadership */
    async onElected(leadership) {
      this.#leadership = leadership;
      const { predecessorSeenAt, term } = leadership;
      recorder.note('elected', {
        term: String(term),
        ...(predecessorSeenAt && { predecessorSeenAt: Number(predecessorSeenAt) }),
      });
      tell(true);
      writing.start(leadership);
      // Duties take a moment to start, and the job may be due meanwhile.
      await delay(50 * Math.random());
      recorder.note('ready');
    }

    /** @param {unknown} _leadership @param {string} reason */
    async onDemoted(_leadership, reason) {
      recorder.note('demoted', { reason });
      tell(false);
      await writing.end();
      // Duties take a moment to stop.
      await delay(50 * Math.random());
      recorder.note('stopped');
    }

    async run() {
      const leadership = this.#leadership;
      if (!leadership) throw new Error('The job ran without an election');
      const { isActive, lastExecution } = this.#registry.getCronJob(jobName);
      const began = Number(lastExecution);
      // A job that catches up is called just before it is started.
      const run = { tick: began - (began % JOB.period), caughtUp: !isActive };
      const { predecessorSeenAt, since, term } = leadership;
      recorder.note('ran', {
        ...run,
        term: String(term),
        // Ticks after this moment may not have been run.
        since: Number(predecessorSeenAt ?? since),
        knewPredecessor: predecessorSeenAt !== undefined,
      });
      // A job does something before it writes. Until then, only the election shows that this leader is alive.
      await delay(40 * Math.random());
      await runs.write(run, leadership);
    }
  }
  const method = /** @type {PropertyDescriptor} */ (
    Object.getOwnPropertyDescriptor(Duty.prototype, 'run')
  );
  Cron(JOB.cron, { name: jobName })(Duty.prototype, 'run', method);
  LeaderOnly({ election, catchUp: true })(Duty);
  Inject(SchedulerRegistry)(Duty, undefined, 0);
  return Duty;
}
