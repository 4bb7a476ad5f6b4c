import { describe, expect, it } from '@jest/globals';
import {
  CLOCK_TOLERANCE,
  mayContendFrom,
  mayLeadFrom,
  type TakeoverSituation,
} from '../../lib/core/election/takeover-rule.js';

const renewDeadline = 6_000;
/** For how long a predecessor may trust itself, by our clock. */
const longestTrust = renewDeadline * (1 + CLOCK_TOLERANCE);

/** Nothing has happened for an hour: a minute after connecting, the lock was granted. */
const quiet: TakeoverSituation = {
  takeover: 'fast',
  renewDeadline,
  server: { uptime: 3_600_000, replayed: false, checkpointAge: undefined },
  connectedAt: 1_000_000,
  lostAt: undefined,
  acquiredAt: 1_060_000,
};

/** Milliseconds from the granting of the lock until it may lead. */
const wait = (situation: TakeoverSituation) =>
  Math.max(0, mayLeadFrom(situation) - situation.acquiredAt);

describe('an instance that does not hold the lock', () => {
  const { connectedAt, server } = quiet;

  it('may try for it at once where it has no reason of its own to wait', () => {
    expect(mayContendFrom(quiet)).toBeLessThan(connectedAt);
  });

  it('may try for it at once where all have to wait for the same reason', () => {
    const restarted = { ...server, uptime: 500 };
    const lostAt = connectedAt - 600; // With the server's end.
    expect(mayContendFrom({ ...quiet, server: restarted, lostAt })).toBeLessThan(connectedAt);
  });

  it('may try for it at once where it lost its session in the moment in which the server started', () => {
    const restarted = { ...server, uptime: 500 };
    const lostAt = connectedAt - 500;
    expect(mayContendFrom({ ...quiet, server: restarted, lostAt })).toBe(-Infinity);
  });

  it('lets others go first until it could lead, when it lost its session and they did not', () => {
    const lostAt = connectedAt - 100;
    expect(mayContendFrom({ ...quiet, lostAt })).toBe(lostAt + longestTrust);
  });

  it('lets others go first until it could lead, when it connected after a promotion', () => {
    const promoted = { ...server, replayed: true };
    expect(mayContendFrom({ ...quiet, server: promoted })).toBe(connectedAt + longestTrust);
  });
});

describe('a new leader', () => {
  it('leads at once where nothing can have taken the lock from anybody', () => {
    expect(wait(quiet)).toBe(0);
  });

  it('waits until the deadline has passed since the server started', () => {
    const restarted = { ...quiet.server, uptime: 500 };
    expect(wait({ ...quiet, server: restarted, acquiredAt: quiet.connectedAt + 100 })).toBe(
      longestTrust - 600,
    );
  });

  it('waits until the deadline has passed since it lost its own previous session', () => {
    const lostAt = quiet.acquiredAt - 1_000;
    expect(wait({ ...quiet, lostAt })).toBe(longestTrust - 1_000);
  });

  describe('on a server that has replayed WAL since its start', () => {
    const replayed = { ...quiet, server: { ...quiet.server, replayed: true } };

    it('waits until the deadline has passed since it connected', () => {
      expect(wait({ ...replayed, acquiredAt: quiet.connectedAt + 1_000 })).toBe(
        longestTrust - 1_000,
      );
    });

    it('leads at once where a checkpoint shows that this was long ago', () => {
      const server = { ...replayed.server, checkpointAge: longestTrust + 1_001 };
      expect(wait({ ...replayed, server, acquiredAt: quiet.connectedAt })).toBe(0);
    });

    it('waits where the checkpoint itself is recent', () => {
      const server = { ...replayed.server, checkpointAge: longestTrust + 1_000 };
      expect(wait({ ...replayed, server, acquiredAt: quiet.connectedAt })).toBe(longestTrust);
    });

    it('leads at once as an heir that has been connected for long', () => {
      expect(wait(replayed)).toBe(0);
    });
  });

  describe('that takes over strictly', () => {
    const strict: TakeoverSituation = { ...quiet, takeover: 'strict' };

    it('waits for the whole deadline after the granting of the lock', () => {
      expect(wait(strict)).toBe(longestTrust);
    });
  });
});
