import type { MetricsContext, MetricsSink } from 'nestjs-leader-election';
import { monotonicNow } from '../../../../tooling/clock.mjs';
import { report } from '../../../../tooling/instances/report-election.mjs';

/** Reports every heartbeat that PostgreSQL has answered. The rest is told by `events$`. */
export class HeartbeatReporter implements MetricsSink {
  heartbeat(milliseconds: number, { term }: MetricsContext): void {
    report({ type: 'heartbeat', sentAt: monotonicNow() - milliseconds, term: term?.toString() });
  }

  leaderStatusChanged(): void {}
  leaderAcquired(): void {}
  leaderLost(): void {}
}
