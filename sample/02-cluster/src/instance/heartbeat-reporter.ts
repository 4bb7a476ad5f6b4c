import type { ConnectionMetricsContext, MetricsSink } from 'nestjs-leader-election';
import { monotonicNow } from '../../../../tooling/clock.mjs';
import { report } from '../../../../tooling/instances/report-election.mjs';

/** Reports every heartbeat that PostgreSQL has answered. `events$` has the rest. */
export class HeartbeatReporter implements MetricsSink {
  heartbeat(milliseconds: number, { elections }: ConnectionMetricsContext): void {
    const term = elections[0]?.term?.toString();
    report({ type: 'heartbeat', sentAt: monotonicNow() - milliseconds, term });
  }

  leaderStatusChanged(): void {}
  leaderAcquired(): void {}
  leaderLost(): void {}
}
