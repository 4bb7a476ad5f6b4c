import type { ElectionLogger } from './common/logger.js';
import { stringOf } from './common/thrown.js';
import type { Election } from './election/election.js';
import type { Instance } from './fleet/instance.js';
import type { LeaderElectionEvent } from './model/events.js';
import type { MetricsContext, MetricsSink } from './model/metrics-sink.js';

/**
 * Tells the sinks what happens in an instance's elections.
 *
 * @internal
 */
export function reportMetrics(
  sinks: readonly MetricsSink[],
  {
    instance,
    elections,
    instanceId,
    logger,
  }: {
    readonly instance: Instance;
    readonly elections: readonly Election[];
    readonly instanceId: string;
    readonly logger: ElectionLogger;
  },
): void {
  for (const sink of sinks) {
    const safely = guard(logger);
    instance.onHeartbeat((milliseconds) => {
      for (const { name, leadership } of elections) {
        safely(() =>
          sink.heartbeat?.(milliseconds, { election: name, instanceId, term: leadership?.term }),
        );
      }
    });
    for (const election of elections) {
      // So that there is a figure before the first election.
      safely(() =>
        sink.leaderStatusChanged(false, { election: election.name, instanceId, term: undefined }),
      );
      election.events.on((event) => {
        for (const call of callsFor(sink, event, instanceId)) safely(call);
      });
    }
  }
}

/** What a sink has to be told of an event; a call that throws leaves the others be. */
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
    case 'connection-lost':
      return [() => sink.connectionLost?.(event.error, context)];
    default:
      return [];
  }
}

/** Calls a sink so that nothing it throws gets out; says so once, since it will hardly throw only once. */
function guard(logger: ElectionLogger): (call: () => unknown) => void {
  let said = false;
  const ignore = (error: unknown) => {
    if (said) return;
    said = true;
    logger.warn(`A metrics sink threw, which is ignored from now on: ${stringOf(error)}`);
  };
  return (call) => {
    // Sinks return nothing, by contract; one that is async all the same must not end the process.
    (async () => call())().catch(ignore);
  };
}
