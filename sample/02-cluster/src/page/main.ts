import { byId, setAttribute, setText } from './dom.js';
import { FailoversView } from './failovers-view.js';
import { InstancesView } from './instances-view.js';
import { LiveCluster } from './live-cluster.js';
import { NowView } from './now-view.js';
import { StoryView } from './story-view.js';
import { Timeline } from './timeline/timeline.js';

const live = new LiveCluster(changed);
/** Views that change when something happens. */
const followers = [new StoryView(), new FailoversView()];
/** Views that change with the time as well. */
const movers = [
  new NowView(),
  new Timeline(byId('timeline')),
  new InstancesView(byId('instances')),
];

function changed(): void {
  const { isConnected, setup } = live;
  setAttribute(document.body, 'data-connected', String(isConnected));
  setText(
    byId('connection'),
    isConnected ? 'Live' : 'No connection: the application has ended or is starting.',
  );
  if (setup) setText(byId('footer'), footerOf(setup));
  for (const view of followers) view.show(live);
}

function footerOf({ database, timings }: NonNullable<LiveCluster['setup']>): string {
  const { heartbeatInterval, renewDeadline, leaseDuration } = timings;
  const seconds = [heartbeatInterval, renewDeadline, leaseDuration].map((time) => time / 1_000);
  return `Database: ${database}. To keep the waits short, a leader here sends a heartbeat every ${seconds[0]} s, may act for ${seconds[1]} s after the last one that was answered, and loses its session after ${seconds[2]} s. The library’s defaults are 1, 6 and 10 s.`;
}

const calm = matchMedia('(prefers-reduced-motion: reduce)');
let last = 0;

function frame(time: number): void {
  requestAnimationFrame(frame);
  // Smooth enough, and light enough for a machine that runs all the instances as well.
  if (time - last < (calm.matches ? 500 : 40) || !live.isConnected) return;
  last = time;
  for (const view of movers) view.show(live);
}
requestAnimationFrame(frame);
