import { until } from '../../tooling/process-lifetime/quit-on-signals.mjs';
import { Actions } from './actions.mjs';
import { onKey } from './keys.mjs';
import { narrate } from './narration.mjs';
import { LivePanel } from './live-panel.mjs';

/**
 * Starts three instances and lets the viewer do what they like with them, until `quit`. Without a
 * terminal it just runs and prints.
 *
 * @param {import('../../tooling/instances/fleet.mjs').Fleet} fleet
 * @param {AbortController} quit
 */
export async function watch(fleet, quit) {
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  const panel = isTerminal ? new LivePanel(fleet) : undefined;
  /** @param {string} line */
  const print = (line) => (panel ? panel.print(line) : console.log(line));
  fleet.on((happening) => {
    // In a terminal, the panel shows the runs.
    const line = panel && happening.type === 'job-started' ? undefined : narrate(happening);
    if (line) print(line);
  });
  const actions = new Actions(fleet, print, quit);
  const offKeys = isTerminal ? onKey((key) => actions.take(key)) : undefined;
  try {
    for (let i = 0; i < 3; i++) fleet.start();
    await until(quit.signal);
  } finally {
    offKeys?.();
    panel?.close();
    console.log('Ending …');
  }
}
