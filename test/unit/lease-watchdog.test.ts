import { describe, expect, it } from '@jest/globals';
import { Lease } from '../../lib/core/session/lease.js';
import { LeaseWatchdog } from '../../lib/core/session/lease-watchdog.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { ManualClock } from '../support/manual-clock.js';

const { heartbeatInterval, leaseDuration, renewDeadline } = defaultTimings;

/** By so many milliseconds a timer may be late on a process that runs. */
const TOLERANCE = 20;

/** For how long the server may answer once more: with the default timings, as long as a heartbeat takes. */
const GRACE = heartbeatInterval;

/** A watch on a lease that was confirmed just now; `sentAt` is when the statement was sent that is under way. */
function watching({ sentAt, timings = defaultTimings }: Partial<Watched> = {}) {
  const clock = new ManualClock();
  const lease = new Lease(clock, timings.renewDeadline, clock.now());
  const happened: string[] = [];
  const watched: Partial<Watched> = { sentAt };
  const watchdog = new LeaseWatchdog({
    lease,
    clock,
    timings,
    sentAt: () => watched.sentAt,
    onUnconfirmed: () => happened.push('unconfirmed'),
    ask: () => {
      happened.push('ask');
      watched.sentAt = clock.now().monotonic;
    },
    onExpired: () => happened.push('expired'),
  });
  watchdog.watch();
  return { clock, lease, watchdog, happened };
}

interface Watched {
  sentAt: number | undefined;
  readonly timings: typeof defaultTimings;
}

describe('a lease that runs out', () => {
  it('has expired where the server has not answered, and not before', async () => {
    const { clock, happened } = watching({ sentAt: 0 });
    await clock.run(renewDeadline - 1);
    expect(happened).toEqual([]);
    await clock.run(1);
    expect(happened).toEqual(['unconfirmed', 'expired']);
    expect(clock.pending).toBe(0);
  });

  it('has not where it was confirmed meanwhile: then it counts from there', async () => {
    const { clock, lease, happened } = watching({ sentAt: 0 });
    await clock.run(3_000);
    lease.confirm(clock.now());
    await clock.run(renewDeadline - 1);
    expect(happened).toEqual([]);
    await clock.run(1);
    expect(happened).toEqual(['unconfirmed', 'expired']);
  });

  it('is watched no longer when the watch stops', async () => {
    const { clock, watchdog, happened } = watching();
    watchdog.stop();
    expect(clock.pending).toBe(0);
    await clock.run(leaseDuration);
    expect(happened).toEqual([]);
  });

  it('has one timer, however often it is watched', () => {
    const { clock, watchdog } = watching();
    watchdog.watch();
    watchdog.watch();
    expect(clock.pending).toBe(1);
  });

  it('sets no timer for the past', () => {
    const { clock, watchdog } = watching();
    clock.freeze(2 * renewDeadline);
    const asked: number[] = [];
    clock.after = (milliseconds) => {
      asked.push(milliseconds);
      return () => undefined;
    };
    watchdog.watch();
    expect(asked).toEqual([0]);
  });
});

describe('a lease that runs out while the server has hardly been asked', () => {
  it('is asked for, and has expired after that where nothing comes', async () => {
    const { clock, happened } = watching();
    await clock.run(renewDeadline);
    expect(happened).toEqual(['unconfirmed', 'ask']);
    await clock.run(GRACE - 1);
    expect(happened).toHaveLength(2);
    await clock.run(1);
    expect(happened).toEqual(['unconfirmed', 'ask', 'unconfirmed', 'expired']);
  });

  it('is asked for where the statement was sent so late that no answer could be there', async () => {
    const { clock, happened } = watching({ sentAt: renewDeadline - GRACE + TOLERANCE + 1 });
    await clock.run(renewDeadline);
    expect(happened).toEqual(['unconfirmed', 'ask']);
  });

  it('has expired where the answer could be there', async () => {
    const { clock, happened } = watching({ sentAt: renewDeadline - GRACE + TOLERANCE });
    await clock.run(renewDeadline);
    expect(happened).toEqual(['unconfirmed', 'expired']);
  });

  it('leaves half of the time until the server frees the locks for stopping, where that is less', async () => {
    const timings = { ...defaultTimings, leaseDuration: renewDeadline + 600 };
    const { clock, happened } = watching({ timings });
    await clock.run(renewDeadline + 299);
    expect(happened).toEqual(['unconfirmed', 'ask']);
    await clock.run(1);
    expect(happened.at(-1)).toBe('expired');
  });
});

describe('a lease that runs out while the process does not run', () => {
  it('is asked for where the timer was later than timers are', async () => {
    const { clock, happened } = watching({ sentAt: 0 });
    clock.freeze(renewDeadline + TOLERANCE + 1);
    await clock.thaw();
    expect(happened).toEqual(['unconfirmed', 'ask']);
  });

  it('has expired where the timer was only imprecise', async () => {
    const { clock, happened } = watching({ sentAt: 0 });
    clock.freeze(renewDeadline + TOLERANCE);
    await clock.thaw();
    expect(happened).toEqual(['unconfirmed', 'expired']);
  });

  it('is asked for until the moment in which the server may free the locks', async () => {
    const { clock, happened } = watching({ sentAt: 0 });
    clock.freeze(leaseDuration - 1);
    await clock.thaw();
    expect(happened).toEqual(['unconfirmed', 'ask']);
    await clock.run(1);
    expect(happened.at(-1)).toBe('expired');
  });

  it('has expired in that moment', async () => {
    const { clock, happened } = watching({ sentAt: 0 });
    clock.freeze(leaseDuration);
    await clock.thaw();
    expect(happened).toEqual(['unconfirmed', 'expired']);
  });
});

describe('the trust in a lease', () => {
  const SET_BACK = 1_000;

  it('is as old as the sending of what confirmed it', () => {
    const { clock, lease } = watching();
    clock.freeze(300);
    const sentAt = clock.now();
    clock.freeze(200);
    lease.confirm(sentAt);
    expect([lease.age, lease.confirmedAt]).toEqual([200, sentAt]);
  });

  it('lasts for less than the deadline, by either clock', () => {
    const { clock, lease } = watching();
    clock.freeze(renewDeadline - 1);
    expect(lease.isConfirmed).toBe(true);
    clock.stepWall(1);
    expect(lease.isConfirmed).toBe(false);
    clock.stepWall(-1);
    clock.freeze(1);
    expect(lease.isConfirmed).toBe(false);
    clock.stepWall(-1);
    expect(lease.isConfirmed).toBe(false);
  });

  it('does not last where somebody has set the wall clock back by a second', () => {
    const { clock, lease } = watching();
    clock.stepWall(-SET_BACK + 1);
    expect(lease.isConfirmed).toBe(true);
    clock.stepWall(-1);
    expect(lease.isConfirmed).toBe(false);
  });
});
