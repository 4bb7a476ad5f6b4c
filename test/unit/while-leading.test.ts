import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { NEVER, of, type Observable, throwError } from 'rxjs';
import { silentLogger } from '../../lib/core/common/logger.js';
import { TermLeadership } from '../../lib/core/election/term.js';
import { ElectionDuties } from '../../lib/duties/election-duties.js';
import type { RegisteredElection } from '../../lib/leader-election.registry.js';
import { whileLeading } from '../../lib/requests/while-leading.js';
import { settle } from '../support/manual-clock.js';

function leading(source: () => Observable<unknown>) {
  const leadership = new TermLeadership('default', 7n, new Date(0), () =>
    Promise.reject(new Error('no database')),
  );
  const election = {
    duties: new ElectionDuties(silentLogger),
    service: { leader: undefined },
  } as unknown as RegisteredElection;
  const call = { election, leadership, called: 'Reports.stream' };
  return { leadership, stream: whileLeading(call, source, { isStream: true }) };
}

describe.each([
  ['is complete', () => of(1, 2)],
  ['fails', () => throwError(() => new Error('broken'))],
  ['is left by its subscriber', () => NEVER],
])('a stream that %s', (_how, source) => {
  it('leaves no listener on the leadership behind', async () => {
    const { leadership, stream } = leading(source);
    const subscription = stream.subscribe({ error: () => undefined });
    subscription.unsubscribe();
    await settle();
    expect(getEventListeners(leadership.signal, 'abort')).toEqual([]);
  });
});
