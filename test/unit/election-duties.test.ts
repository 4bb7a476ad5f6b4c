import { describe, expect, it } from '@jest/globals';
import { TermLeadership } from '../../lib/core/election/term.js';
import { deferred } from '../../lib/core/time/wait.js';
import { ElectionDuties } from '../../lib/duties/election-duties.js';
import type { LeaderJob } from '../../lib/scheduling/leader-job.js';

const never = new AbortController().signal;

function duties() {
  const journal: string[] = [];
  const note = (what: string) => () => void journal.push(what);
  const logger = { log: () => undefined, warn: () => undefined, error: note('logged') };
  const all = new ElectionDuties(logger);
  const leadership = new TermLeadership('default', 7n, new Date(0), () =>
    Promise.reject(new Error('no database')),
  );
  const job = (more: Partial<LeaderJob> = {}): LeaderJob => ({
    name: 'job',
    start: note('job started'),
    stop: note('job stopped'),
    ...more,
  });
  return { all, job, journal, leadership, note };
}

describe('the duties of an election', () => {
  it('start no job where the leadership ends while a hook is still starting', async () => {
    const { all, job, journal, leadership, note } = duties();
    const connected = deferred();
    const instance = { onElected: () => connected.promise, onDemoted: note('hook demoted') };
    all.assignHooks([{ name: 'Consumer', instance }]);
    all.assignJobs([job()]);
    const started = all.start(leadership, () => undefined);
    leadership.end('resigned');
    const stopped = all.stop(leadership, 'resigned', never);
    connected.resolve();
    await Promise.all([started, stopped]);
    expect(journal).toEqual(['job stopped', 'hook demoted']);
  });

  it('tell the hooks that the leadership is over, also where a job can not be stopped', async () => {
    const { all, job, journal, leadership, note } = duties();
    all.assignHooks([{ name: 'Consumer', instance: { onDemoted: note('hook demoted') } }]);
    const stuck = () => {
      throw new Error('the scheduler is gone');
    };
    all.assignJobs([job({ stop: stuck }), job()]);
    await all.start(leadership, () => undefined);
    leadership.end('resigned');
    await all.stop(leadership, 'resigned', never);
    expect(journal).toEqual([
      'job started',
      'job started',
      'logged',
      'job stopped',
      'hook demoted',
    ]);
  });
});
