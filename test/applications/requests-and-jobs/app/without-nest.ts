import assert from 'node:assert/strict';
import { Injectable } from '@nestjs/common';
import { LeaderOnly } from 'nestjs-leader-election';
import { withoutElection } from 'nestjs-leader-election/testing';

@Injectable()
class Reports {
  @LeaderOnly()
  send(to: string) {
    return `sent to ${to}`;
  }
}

/** As a unit test makes it. */
export async function withoutNest() {
  assert.equal(withoutElection(new Reports()).send('you'), 'sent to you');
  assert.throws(() => new Reports().send('nobody'), {
    name: 'LeaderOnlyUsageError',
    message: /^Reports\.send is leader-only, but .* withoutElection\(/,
  });
}
