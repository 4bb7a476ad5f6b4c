import { type Cluster, emptyCluster, reduce } from '../state/cluster.js';
import type { HappeningMessage, SnapshotMessage } from '../state/messages.js';
import { ServerClock } from './server-clock.js';

/** The state of the cluster, kept up to date by the application's stream of events. */
export class LiveCluster {
  cluster: Cluster = emptyCluster;
  /** Undefined until the first message. */
  setup: Omit<SnapshotMessage, 'cluster' | 'sentAt'> | undefined;
  isConnected = false;
  readonly clock = new ServerClock();

  /** @param changed is called after every message */
  constructor(changed: () => void) {
    // It reconnects by itself, and begins with a snapshot each time.
    const stream = new EventSource('/events');
    stream.addEventListener('snapshot', ({ data }: MessageEvent<string>) => {
      const { sentAt, cluster, ...setup } = JSON.parse(data) as SnapshotMessage;
      this.clock.reset();
      this.clock.hear(sentAt);
      this.cluster = cluster;
      this.setup = setup;
      this.isConnected = true;
      changed();
    });
    stream.addEventListener('happening', ({ data }: MessageEvent<string>) => {
      const { sentAt, happening } = JSON.parse(data) as HappeningMessage;
      this.clock.hear(sentAt);
      this.cluster = reduce(this.cluster, happening);
      changed();
    });
    stream.addEventListener('error', () => {
      this.isConnected = false;
      changed();
    });
  }
}
