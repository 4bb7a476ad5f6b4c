// Loaded before every instance of sample/01-cron (node --import): the sample remains an ordinary application, and its
// starter learns what happens in it.
import { NestFactory } from '@nestjs/core';
import { currentLeadership, LeaderElectionService } from 'nestjs-leader-election';
import { monotonicNow } from '../../tooling/clock.mjs';
import { report, reportElection } from '../../tooling/instances/report-election.mjs';

/** @typedef {import('@nestjs/common').INestApplication} Application */

const showsLogs = process.env['SHOW_LOGS'] === 'true';
const STATUS_INTERVAL = 100;
const sample = new URL('../../sample/01-cron/dist/', import.meta.url);

const create = /** @type {(module: unknown, options: object) => Promise<Application>} */ (
  NestFactory.create.bind(NestFactory)
);
Object.assign(NestFactory, {
  /** @param {unknown} module @param {object} [options] */
  async create(module, options) {
    const logger = showsLogs ? {} : { logger: ['warn', 'error', 'fatal'] };
    const app = await create(module, { ...options, ...logger });
    await observe(app);
    return app;
  },
});

/** @param {Application} app */
async function observe(app) {
  const election = app.get(LeaderElectionService);
  reportElection(election);
  reportHeartbeats(election);
  await observeDuties(app);

  const server = app.getHttpServer();
  server.once('listening', () => {
    const url = `http://127.0.0.1:${server.address().port}/`;
    report({ type: 'listening', url, instanceId: election.status().instanceId });
  });
}

/**
 * A little later than they happen: the sample has no metrics that could report them.
 *
 * @param {LeaderElectionService} election
 */
function reportHeartbeats(election) {
  let last = 0;
  setInterval(() => {
    const { lastHeartbeat, term } = election.status();
    const sentAt = lastHeartbeat?.getTime() ?? 0;
    if (sentAt === last) return;
    last = sentAt;
    const age = Date.now() - sentAt;
    report({ type: 'heartbeat', sentAt: monotonicNow() - age, term: term?.toString() });
  }, STATUS_INTERVAL).unref();
}

/** The job's runs, and the hook that ends a leadership. @param {Application} app */
async function observeDuties(app) {
  const { Mailer } = await import(new URL('mailer.js', sample).href);
  const { InboxWatcher } = await import(new URL('inbox-watcher.js', sample).href);
  observeMethod(app.get(Mailer), 'send', 'job-started', 'job-ended');
  observeMethod(app.get(InboxWatcher), 'onDemoted', undefined, 'hook-ended');
}

/**
 * @param {Record<string, (...args: unknown[]) => unknown>} provider
 * @param {string} method
 * @param {'job-started' | undefined} started
 * @param {'job-ended' | 'hook-ended'} ended
 */
function observeMethod(provider, method, started, ended) {
  const original = provider[method]?.bind(provider);
  if (!original) throw new Error(`The sample has no ${method}.`);
  provider[method] = async (...args) => {
    const term = currentLeadership()?.term.toString();
    if (started) report({ type: started, term });
    try {
      return await original(...args);
    } finally {
      report({ type: ended, term });
    }
  };
}
