import type { Database } from './arguments.js';
import { checkItems, itemOf, openTrial, type CheckOptions } from './check-items.js';
import { CommandError, inOneLine } from './command-error.js';
import type { Screen } from './screen.js';

/**
 * Says item by item whether a database, and this path to it, can hold an election.
 *
 * @throws CommandError at the first item that can't be
 */
export async function check(
  database: Database,
  options: CheckOptions,
  screen: Screen,
): Promise<void> {
  const items = checkItems(options);
  const width = Math.max(...items.map(({ name }) => name.length));
  const say = (mark: string, name: string, text: string) => {
    screen.line(`${mark} ${name.padEnd(width)}  ${text}`);
  };
  const trial = openTrial(database);
  try {
    for (const [index, item] of items.entries()) {
      try {
        say(screen.style('green', '✔'), item.name, await item.check(trial));
      } catch (error) {
        // To connect is one step, and the error tells how far it came.
        const failed = Math.max(
          index,
          items.findIndex(({ name }) => name === itemOf(error)),
        );
        for (const { name, passed } of items.slice(index, failed))
          say(screen.style('green', '✔'), name, passed ?? '');
        const problem = inOneLine(error);
        say(screen.style('red', '✘'), items[failed]?.name ?? '', problem);
        for (const { name } of items.slice(failed + 1)) say('-', name, 'not tried');
        throw new CommandError(`This database can't hold an election: ${problem}`);
      }
    }
    screen.line('\nThis database, and this path to it, can hold an election.');
  } finally {
    await trial.close();
  }
}
