import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from '@jest/globals';
import { Injectable, Logger } from '@nestjs/common';
import {
  LeaderOnly,
  partitions,
  type Leadership,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import { log } from '../../support/collected-log.js';
import { testingApp } from '../../support/testing-app.js';
import { eventually } from '../../support/timeline.js';

/** The application's own: whose work there is, and doing it. */
@Injectable()
class Tenants {
  names = ['acme', 'globex', 'initech'];
  readonly rounds: string[] = [];

  async all(): Promise<readonly string[]> {
    return this.names;
  }

  async work(tenant: string, term: bigint): Promise<void> {
    if (tenant === 'initech') throw new Error('out of ink');
    this.rounds.push(`${tenant} ${term}`);
  }
}

// #region workers
const tenants = partitions('tenants', 48);

@LeaderOnly(tenants)
@Injectable()
class TenantWorkers implements OnElected, OnDemoted {
  readonly #logger = new Logger(TenantWorkers.name);
  readonly #loops = new Map<string, Promise<void>>();

  constructor(private readonly tenants: Tenants) {}

  onElected(leadership: Leadership) {
    this.#loops.set(leadership.election, this.#run(leadership));
  }

  /** The partition is released after the last round of its tenants. */
  async onDemoted({ election }: Leadership) {
    await this.#loops.get(election);
  }

  async #run({ partition, term, signal }: Leadership) {
    while (!signal.aborted) {
      const all = await this.tenants.all().catch(() => []);
      const here = all.filter((tenant) => tenants.of(tenant) === partition);
      await Promise.all(here.map((tenant) => this.#work(tenant, term)));
      await delay(500, undefined, { signal }).catch(() => undefined); // ends with the term
    }
  }

  async #work(tenant: string, term: bigint) {
    try {
      await this.tenants.work(tenant, term);
    } catch (error) {
      this.#logger.error(`A round of ${tenant} failed`, error);
    }
  }
}
// #endregion

it('works for the tenants of the partitions that are led here, also for new ones', async () => {
  const { moduleRef, testing } = await testingApp([Tenants, TenantWorkers], {
    elections: [...tenants],
  });
  const { rounds, names } = moduleRef.get(Tenants);
  const elect = (tenant: string) => testing.election(`tenants-${tenants.of(tenant)}`).elect();

  await elect('acme');
  await eventually(() => rounds.includes('acme 1'));
  await elect('initech');
  await eventually(() => log.errors.length > 0);
  await elect('umbrella');
  names.push('umbrella');
  await eventually(() => rounds.includes('umbrella 1'));
  await testing.election(`tenants-${tenants.of('acme')}`).demote();
  const { length } = rounds;
  await eventually(() => rounds.filter((round) => round === 'umbrella 1').length > 1);

  expect(rounds.slice(length)).not.toContain('acme 1');
  expect(rounds).not.toContain('globex 1');
  expect(log.errors[0]?.message).toBe('A round of initech failed');
});
