import { setTimeout as delay } from 'node:timers/promises';
import { Inspector } from '../core/postgres/inspector.js';
import type { Database } from './arguments.js';
import { inOneLine } from './command-error.js';
import { fleetJson } from './fleet-json.js';
import { fleetTable } from './fleet-table.js';
import { lookAt, type Fleet } from './fleet.js';
import type { Screen } from './screen.js';

export interface StatusOptions {
  readonly json: boolean;
  /** Look again every so many milliseconds. */
  readonly every: number | undefined;
}

/** Shows every election of the database; with `every`, again and again until `stop` aborts. */
export async function status(
  { config, pooler }: Database,
  { every, json }: StatusOptions,
  screen: Screen,
  stop: AbortSignal,
): Promise<void> {
  const show = (fleet: Fleet) => {
    if (json) screen.line(JSON.stringify(fleetJson(fleet), null, every === undefined ? 2 : 0));
    else if (every === undefined) screen.line(fleetTable(fleet, screen));
    else screen.draw(`${fleet.at.toISOString()}\n\n${fleetTable(fleet, screen)}\n`);
  };
  let inspector: Inspector | undefined = await Inspector.open(config, pooler);
  try {
    do {
      try {
        inspector ??= await Inspector.open(config, pooler);
        show(await lookAt(inspector));
      } catch (error) {
        if (every === undefined) throw error;
        // With --watch, a failover is watched to its end.
        const problem = { at: new Date(), error: inOneLine(error) };
        if (json) screen.line(JSON.stringify(problem));
        else screen.draw(`${problem.at.toISOString()}\n\nNo connection: ${problem.error}\n`);
        await inspector?.close();
        inspector = undefined;
      }
      await delay(every ?? 0, undefined, { signal: stop }).catch(() => undefined);
    } while (every !== undefined && !stop.aborted);
  } finally {
    await inspector?.close();
  }
}
