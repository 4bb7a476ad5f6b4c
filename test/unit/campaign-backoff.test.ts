import { describe, expect, it } from '@jest/globals';
import { CampaignBackoff } from '../../lib/core/election/campaign-backoff.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { ManualClock, settle } from '../support/manual-clock.js';

const { retryInterval } = defaultTimings;

/** The longest that an instance does not contend, in milliseconds. */
const LONGEST = 300_000;

function backingOff({ random = 0.5, timings = defaultTimings } = {}) {
  const clock = new ManualClock();
  const backoff = new CampaignBackoff({ clock, random: () => random, timings });
  const stop = new AbortController();
  const fail = () => backoff.failed(new Date(clock.now().wall));
  /** Whether the instance may contend by now, once it wants to. */
  const contend = () => {
    const state = { may: false };
    void backoff.pass(stop.signal).then(() => (state.may = true));
    return state;
  };
  const expectWait = async (contends: { readonly may: boolean }, milliseconds: number) => {
    await clock.run(milliseconds - 1);
    expect(contends.may).toBe(false);
    await clock.run(1);
    expect(contends.may).toBe(true);
  };
  return { clock, backoff, stop, fail, contend, expectWait };
}

describe('an instance that has resigned', () => {
  it('does not contend for `retryInterval`', async () => {
    const { backoff, contend, expectWait } = backingOff();
    backoff.resigned();
    const contends = contend();
    await expectWait(contends, retryInterval);
  });

  it('does so for a time that differs from one instance to the other', async () => {
    const { backoff, clock, contend } = backingOff({ random: 0 });
    backoff.resigned();
    const contends = contend();
    await clock.run(0.8 * retryInterval);
    expect(contends.may).toBe(true);
  });

  it('contends as soon as another is elected, and leaves no timer behind', async () => {
    const { backoff, clock, contend } = backingOff();
    backoff.resigned();
    const contends = contend();
    backoff.anotherElected();
    await settle();
    expect(contends.may).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('waits all the same where another was elected before it wants to contend', async () => {
    const { backoff, contend, expectWait } = backingOff();
    backoff.resigned();
    backoff.anotherElected();
    const contends = contend();
    await expectWait(contends, retryInterval);
  });

  it('contends at once the next time', async () => {
    const { backoff, clock, contend } = backingOff();
    backoff.resigned();
    contend();
    await clock.run(retryInterval);
    const again = contend();
    backoff.anotherElected();
    await settle();
    expect(again.may).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('does not wait any longer when it is stopped', async () => {
    const { backoff, clock, contend, stop } = backingOff();
    backoff.resigned();
    const contends = contend();
    stop.abort();
    await settle();
    expect(contends.may).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('waits for nothing where there is no time to wait', async () => {
    const { backoff, clock, contend } = backingOff({
      timings: { ...defaultTimings, retryInterval: 0 },
    });
    backoff.resigned();
    const contends = contend();
    expect(clock.pending).toBe(0);
    await settle();
    expect(contends.may).toBe(true);
  });
});

describe('an instance that has neither resigned nor failed', () => {
  it('contends at once, whoever is elected', async () => {
    const { backoff, contend } = backingOff();
    backoff.anotherElected();
    const contends = contend();
    await settle();
    expect(contends.may).toBe(true);
  });
});

describe('an instance whose duties could not be started', () => {
  it('does not contend for twice as long with each failure in a row, up to five minutes', () => {
    const { fail } = backingOff();
    expect([fail(), fail(), fail()]).toEqual([4_000, 8_000, 16_000]);
    for (let failures = 0; failures < 10; failures += 1) fail();
    expect(fail()).toBe(LONGEST);
  });

  it('says for how many milliseconds, without a fraction', () => {
    const { fail } = backingOff({ random: 0.123456 });
    const milliseconds = fail();
    expect(milliseconds).toBe(Math.round(milliseconds));
  });

  it('waits for as long as it said, also where another is elected', async () => {
    const { backoff, contend, fail, expectWait } = backingOff();
    const milliseconds = fail();
    const contends = contend();
    backoff.anotherElected();
    await expectWait(contends, milliseconds);
  });

  it('begins anew after duties were started', () => {
    const { backoff, fail } = backingOff();
    fail();
    backoff.started();
    expect(fail()).toBe(4_000);
  });

  it('begins anew after duties that ran for more than five minutes before they failed', () => {
    const { backoff, clock, fail } = backingOff();
    const began = new Date(clock.now().wall);
    fail();
    clock.freeze(LONGEST);
    expect(backoff.failed(began)).toBe(8_000);
    clock.freeze(1);
    expect(backoff.failed(began)).toBe(4_000);
  });
});
