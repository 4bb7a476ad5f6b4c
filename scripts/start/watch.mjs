import { Actions } from './actions.mjs';
import { onKey } from './keys.mjs';
import { LivePanel } from './live-panel.mjs';
import { Narration } from './narration.mjs';

/** @typedef {import('../../sample/02-cluster/src/cluster/cluster.service.js').ClusterService} ClusterService */

/**
 * Prints what happens in a cluster. In a terminal it also shows the present state below, and takes the viewer's keys.
 *
 * @param {ClusterService} cluster
 * @param {AbortController} quit
 * @returns {{ print: (text: string) => void, close: () => void }}
 */
export function watch(cluster, quit) {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const panel = isTerminal ? new LivePanel(cluster) : undefined;
  /** @param {string} text */
  const print = (text) => (panel ? panel.print(text) : console.log(text));
  const narration = new Narration(print);
  for (const line of cluster.cluster.story) narration.tell(line);
  const happenings = cluster.happenings$.subscribe(() => narration.follow(cluster.cluster));
  const actions = new Actions(cluster, print, quit);
  const offKeys = isTerminal ? onKey((key) => void actions.take(key)) : undefined;
  return {
    print,
    close() {
      happenings.unsubscribe();
      offKeys?.();
      panel?.close();
    },
  };
}
