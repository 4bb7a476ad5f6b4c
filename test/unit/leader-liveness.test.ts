import { describe, expect, it } from '@jest/globals';
import { LeaderLiveness } from '../../lib/core/election/leader-liveness.js';
import { defaultTimings } from '../../lib/core/model/timings.js';
import { ManualClock, settle } from '../support/manual-clock.js';

const { leaseDuration, retryInterval } = defaultTimings;

/** The processes of the server that serve the sessions of two leaders. */
const LEADER = 7;
const ANOTHER = 8;

function liveness() {
  const clock = new ManualClock();
  const ofLeader = new LeaderLiveness({ clock, timings: defaultTimings });
  /** The server shows who holds the lock, and for how long that one has been silent. */
  const saw = (pid: number, silence: number | undefined) => {
    ofLeader.saw(pid, { holder: { pid, silence }, askedAt: clock.now() });
  };
  const ago = (milliseconds: number) => new Date(clock.now().wall - milliseconds);
  return { clock, ofLeader, saw, ago };
}

describe('the last sign of life of a leader', () => {
  it('is what the server shows, from the asking and not from the answer', () => {
    const { clock, ofLeader, ago } = liveness();
    const askedAt = clock.now();
    clock.freeze(500);
    ofLeader.saw(LEADER, { holder: { pid: LEADER, silence: 50 }, askedAt });
    expect(ofLeader.seenAt).toEqual(ago(550));
  });

  it('never goes back', () => {
    const { ofLeader, saw, ago } = liveness();
    saw(LEADER, 10);
    saw(LEADER, 5_000);
    expect(ofLeader.seenAt).toEqual(ago(10));
  });

  it('does not go back by the rounding of the wall clock, to before a tick that the leader was seen to have run', () => {
    const tick = Date.UTC(2026, 2, 1, 3);
    let moment = tick + 10.1;
    const clock = {
      now: () => ({ wall: Math.floor(moment), monotonic: moment - tick }),
      after: () => () => undefined,
    };
    const ofLeader = new LeaderLiveness({ clock, timings: defaultTimings });
    // It began the tick 0.6 ms after that was due, and was seen 9.5 ms later.
    ofLeader.saw(LEADER, { holder: { pid: LEADER, silence: 9.5 }, askedAt: clock.now() });
    for (const later of [0, 0.85, 0.3, 3_600_000.5]) {
      moment += later;
      expect(ofLeader.seenAt).toEqual(new Date(tick));
    }
  });

  it('may be a lease old where its activity can’t be seen: its session would have ended otherwise', () => {
    const { ofLeader, saw, ago } = liveness();
    saw(LEADER, undefined);
    expect(ofLeader.seenAt).toEqual(ago(leaseDuration));
  });

  it('is what it said when it stepped down, while its session lives on', () => {
    const { clock, ofLeader, saw, ago } = liveness();
    saw(LEADER, 0);
    clock.freeze(100);
    ofLeader.servedUntil(LEADER, ago(20).getTime());
    saw(LEADER, 0);
    expect(ofLeader.seenAt).toEqual(ago(20));
  });

  it('is that of a holder that may have been cut off before it said that it leads, if no leader is known', () => {
    const { clock, ofLeader, ago } = liveness();
    const sawCandidate = (pid: number, silence: number) => {
      ofLeader.sawCandidate(pid, { holder: { pid, silence }, askedAt: clock.now() });
    };
    sawCandidate(LEADER, 30);
    expect(ofLeader.seenAt).toEqual(ago(30));
    sawCandidate(LEADER, 10);
    expect(ofLeader.seenAt).toEqual(ago(10));
    sawCandidate(ANOTHER, 0);
    expect(ofLeader.seenAt).toEqual(ago(10));
  });

  it('is not before that of its predecessor, where it can’t be seen', () => {
    const { ofLeader, saw, ago } = liveness();
    ofLeader.servedUntil(LEADER, ago(10).getTime());
    saw(ANOTHER, undefined);
    expect(ofLeader.seenAt).toEqual(ago(10));
  });

  it('is not before that of its predecessor, whatever its clock says when it steps down', () => {
    const { clock, ofLeader, ago } = liveness();
    ofLeader.servedUntil(LEADER, ago(0).getTime());
    clock.freeze(100);
    ofLeader.wasElected(ANOTHER);
    ofLeader.servedUntil(ANOTHER, ago(5_000).getTime());
    expect(ofLeader.seenAt).toEqual(ago(100));
  });

  it('begins anew when its session leads again, which was shown with a look', () => {
    const { clock, ofLeader, ago } = liveness();
    ofLeader.servedUntil(LEADER, ago(0).getTime());
    clock.freeze(500);
    ofLeader.saw(LEADER, { holder: { pid: LEADER, silence: 20 }, askedAt: clock.now() }, true);
    expect(ofLeader.seenAt).toEqual(ago(20));
  });

  it('belongs to one leadership: a former leader does not take its own past for that of its successor', () => {
    const { clock, ofLeader, saw, ago } = liveness();
    ofLeader.servedUntil(LEADER, ago(0).getTime());
    clock.freeze(60_000);
    saw(ANOTHER, 30);
    expect(ofLeader.seenAt).toEqual(ago(30));
  });

  it('is that of the election, where nothing was known of anybody', () => {
    const { ofLeader, ago } = liveness();
    expect(ofLeader.seenAt).toBeUndefined();
    ofLeader.wasElected(LEADER);
    expect(ofLeader.seenAt).toEqual(ago(0));
  });

  it('is not that of the election for one that was seen to lead before it was heard to be elected', () => {
    const { clock, ofLeader, saw, ago } = liveness();
    saw(LEADER, 30);
    clock.freeze(100);
    ofLeader.wasElected(LEADER);
    expect(ofLeader.seenAt).toEqual(ago(130));
  });

  it('is that of the election for one that had stepped down', () => {
    const { clock, ofLeader, ago } = liveness();
    ofLeader.servedUntil(LEADER, ago(0).getTime());
    clock.freeze(100);
    ofLeader.wasElected(LEADER);
    expect(ofLeader.seenAt).toEqual(ago(0));
  });

  it('may be a lease old where the server did not show its session', () => {
    const { clock, ofLeader, ago } = liveness();
    ofLeader.saw(LEADER, { holder: undefined, askedAt: clock.now() });
    expect(ofLeader.seenAt).toEqual(ago(leaseDuration));
  });

  it('is right for one that has stepped down before the clock of this machine was set back', () => {
    const { clock, ofLeader, ago } = liveness();
    ofLeader.servedUntil(LEADER, ago(100).getTime());
    clock.stepWall(-3_600_000);
    expect(ofLeader.seenAt).toEqual(ago(100));
  });

  it('begins with the election of one that was only seen to wait', () => {
    const { ofLeader, saw, ago } = liveness();
    saw(LEADER, 5_000);
    ofLeader.wasElected(ANOTHER);
    expect(ofLeader.seenAt).toEqual(ago(0));
  });

  it.each([
    ['the year 2100', Date.UTC(2100, 0, 1)],
    ['the last date there is', 8.64e15],
    ['infinity', Infinity],
  ])('is not in the future, whatever is said: %s', (_what, moment) => {
    const { ofLeader, ago } = liveness();
    ofLeader.servedUntil(LEADER, moment);
    expect(ofLeader.seenAt).toEqual(ago(0));
  });

  it.each([
    ['1970', 0],
    ['the first date there is', -8.64e15],
  ])('is not long before it was seen alive, whatever is said: %s', (_what, moment) => {
    const { ofLeader, saw, ago } = liveness();
    saw(LEADER, 100);
    ofLeader.servedUntil(LEADER, moment);
    expect(ofLeader.seenAt).toEqual(ago(100 + leaseDuration));
  });

  it('is right where the clock of this machine was an hour ahead, and is set right', () => {
    const { clock, ofLeader, saw, ago } = liveness();
    clock.stepWall(3_600_000);
    saw(LEADER, 0);
    clock.freeze(1_000);
    clock.stepWall(-3_600_000);
    expect(ofLeader.seenAt).toEqual(ago(1_000));
  });
});

/** A standby that looks at a leader; what the server shows is up to the test. */
function watching({ due, show }: { due: number; show: (look: number) => number | undefined }) {
  const { clock, ofLeader, saw } = liveness();
  const looks: number[] = [];
  const stop = new AbortController();
  const dueAt = clock.now().wall + due;
  const startedAt = clock.now().monotonic;
  const ended = ofLeader.watch(
    {
      nextDue: (seenAt) => (dueAt > seenAt ? dueAt : undefined),
      look: () => {
        looks.push(clock.now().monotonic - startedAt);
        const silence = show(looks.length);
        if (silence !== undefined) saw(LEADER, silence);
        return Promise.resolve();
      },
    },
    stop.signal,
  );
  return { clock, ofLeader, stop, ended, looks };
}

describe('a standby that may have to catch up', () => {
  it('looks once where nothing is known, and then not before a duty was due', async () => {
    const { clock, stop, ended, looks } = watching({ due: 5_000, show: () => 0 });
    await clock.run(5_000);
    expect(looks).toEqual([0]);
    await clock.run(100);
    await ended;
    expect(looks).toHaveLength(2);
    stop.abort();
  });

  it('looks soon after the wall clock has reached what is due, although it was set', async () => {
    const { clock, stop, looks } = watching({ due: 3_600_000, show: () => 0 });
    await clock.run(1_000);
    clock.stepWall(3_600_000);
    await clock.run(retryInterval);
    expect(looks).toHaveLength(2);
    stop.abort();
  });

  it('looks again until the leader has shown life since the duty was due, and then no more', async () => {
    const shown = [5_000, 5_000, 0];
    const { clock, ended, looks } = watching({ due: -100, show: () => shown.shift() });
    await clock.run(10_000);
    await ended;
    expect(looks).toHaveLength(3);
  });

  it.each<[string, number | undefined]>([
    ['a leader that shows no life', 1_000_000],
    ['no holder that could be looked at', undefined],
  ])('asks less and less often about %s', async (_what, silence) => {
    const { clock, stop, ended, looks } = watching({ due: -100, show: () => silence });
    await clock.run(60_000);
    // About as often as a standby tries the lock.
    expect(looks.length).toBeLessThanOrEqual(60_000 / retryInterval + 10);
    stop.abort();
    await settle();
    await ended;
    expect(clock.pending).toBe(0);
  });
});
