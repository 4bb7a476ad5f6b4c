import { setTimeout as delay } from 'node:timers/promises';
import { Inspector } from '../core/postgres/inspector.js';
import type { Database } from './arguments.js';
import { messageFor } from './command-error.js';
import { fleetJson } from './fleet-json.js';
import { fleetTable } from './fleet-table.js';
import { lookAt, type Fleet } from './fleet.js';
import { wrapped } from './layout.js';
import type { Screen } from './screen.js';

export interface StatusOptions {
  readonly json: boolean;
  /** The interval of `--watch`, in milliseconds; undefined to print once. */
  readonly every: number | undefined;
}

/** Prints every election in the database; with `every`, repeatedly until `stop` aborts. */
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
        // --watch continues after a failover of the server.
        const problem = { at: new Date(), error: messageFor(error) };
        if (json) screen.line(JSON.stringify(problem));
        else {
          const line = wrapped(`No connection: ${problem.error}`, screen.width);
          screen.draw(`${problem.at.toISOString()}\n\n${line}\n`);
        }
        await inspector?.close();
        inspector = undefined;
      }
      await delay(every ?? 0, undefined, { signal: stop }).catch(() => undefined);
    } while (every !== undefined && !stop.aborted);
  } finally {
    await inspector?.close();
  }
}
