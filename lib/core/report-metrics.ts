import type { ElectionLogger } from './common/logger.js';
import { stringOf } from './common/thrown.js';
import type { Election } from './election/election.js';
import type { Instance } from './fleet/instance.js';
import type { LeaderElectionEvent } from './model/events.js';
import type {
  ConnectionMetricsContext,
  MetricsContext,
  MetricsSink,
} from './model/metrics-sink.js';

/**
 * Reports the events of an instance's elections to the metrics sinks.
 *
 * @internal
 */
export function reportMetrics(
  sinks: readonly MetricsSink[],
  {
    instance,
    elections,
    candidates,
    instanceId,
    logger,
  }: {
    readonly instance: Instance;
    readonly elections: readonly Election[];
    /** The names of the elections in which this instance is a candidate. */
    readonly candidates: readonly string[];
    readonly instanceId: string;
    readonly logger: ElectionLogger;
  },
): void {
  const ofConnection = (): ConnectionMetricsContext => ({
    instanceId,
    candidate: candidates.length > 0,
    elections: elections.map(({ name, leadership }) => ({
      election: name,
      instanceId,
      term: leadership?.term,
    })),
  });
  for (const sink of sinks) {
    const safely = guard(logger);
    instance.onHeartbeat((milliseconds) => {
      safely(() => sink.heartbeat?.(milliseconds, ofConnection()));
    });
    instance.onConnectionChange(({ status, error }) => {
      safely(() => sink.connectionStatusChanged?.(status, ofConnection()));
      if (error) safely(() => sink.connectionLost?.(error, ofConnection()));
    });
    // So that there is a value before the first election.
    for (const election of candidates)
      safely(() => sink.leaderStatusChanged(false, { election, instanceId, term: undefined }));
    for (const election of elections) {
      election.events.on((event) => {
        for (const call of callsFor(sink, event, instanceId)) safely(call);
      });
    }
  }
}

/** The calls of a sink for an event. They are separate, so that one that throws does not prevent the others. */
function callsFor(
  sink: MetricsSink,
  event: LeaderElectionEvent,
  instanceId: string,
): (() => unknown)[] {
  const context: MetricsContext = {
    election: event.election,
    instanceId,
    term: 'leadership' in event ? event.leadership.term : undefined,
  };
  switch (event.type) {
    case 'elected':
      return [
        () => sink.leaderStatusChanged(true, context),
        () => sink.leaderAcquired(context),
        () => event.gap !== undefined && sink.failover?.(event.gap, context),
      ];
    case 'demoted':
      return [
        () => sink.leaderStatusChanged(false, context),
        () => sink.leaderLost(event.reason, context),
      ];
    default:
      return [];
  }
}

/** Calls a sink and catches its errors. Logs only the first one, because more are likely. */
function guard(logger: ElectionLogger): (call: () => unknown) => void {
  let said = false;
  const ignore = (error: unknown) => {
    if (said) return;
    said = true;
    logger.warn(`A metrics sink threw; further errors are not logged: ${stringOf(error)}`);
  };
  return (call) => {
    // Sinks should return nothing, but a rejection of an async one must not end the process.
    (async () => call())().catch(ignore);
  };
}
