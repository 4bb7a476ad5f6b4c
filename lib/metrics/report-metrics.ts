import type { Election } from '../election/election.js';
import type { LeaderElectionEvent } from '../election/events.js';
import type { Instance } from '../election/instance.js';
import type { ElectionLogger } from '../election/logger.js';
import type { MetricsContext, MetricsSink } from './metrics-sink.js';

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
      election.events.on((event) => {
        safely(() => {
          reportEvent(sink, event, instanceId);
        });
      });
    }
  }
}

function reportEvent(sink: MetricsSink, event: LeaderElectionEvent, instanceId: string): void {
  const context: MetricsContext = {
    election: event.election,
    instanceId,
    term: 'leadership' in event ? event.leadership.term : undefined,
  };
  switch (event.type) {
    case 'elected':
      sink.leaderStatusChanged(true, context);
      sink.leaderAcquired(context);
      break;
    case 'demoted':
      sink.leaderStatusChanged(false, context);
      sink.leaderLost(event.reason, context);
      break;
    case 'connection-lost':
      sink.connectionLost?.(event.error, context);
      break;
  }
}

/** Calls a sink so that nothing it throws gets out; says so once, since it will hardly throw only once. */
function guard(logger: ElectionLogger): (call: () => void) => void {
  let said = false;
  return (call) => {
    try {
      call();
    } catch (error) {
      if (said) return;
      said = true;
      logger.warn(`A metrics sink threw, which is ignored from now on: ${String(error)}`);
    }
  };
}
