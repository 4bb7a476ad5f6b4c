import type { Database } from './arguments.js';
import { checkItems, itemOf, openTrial, type CheckOptions, type Item } from './check-items.js';
import { CommandError, messageFor } from './command-error.js';
import { wrapped } from './layout.js';
import type { Screen } from './screen.js';

/**
 * Checks item by item whether a database can hold an election over this connection, and prints the results.
 *
 * @throws CommandError after the first item that fails
 */
export async function check(
  database: Database,
  options: CheckOptions,
  screen: Screen,
): Promise<void> {
  const trial = openTrial(database);
  try {
    await checkAll(checkItems(options), trial, screen);
  } finally {
    await trial.close();
  }
}

/** @internal */
export async function checkAll<T>(
  items: readonly Item<T>[],
  trial: T,
  screen: Screen,
): Promise<void> {
  const longest = Math.max(...items.map(({ name }) => name.length));
  const print = (mark: string, name: string, text: string) => {
    const label = `${mark} ${name.padEnd(longest)}  `;
    screen.line(label + wrapped(text, screen.width, 2 + longest + 2));
  };
  const passed = screen.style('green', '✔');
  for (const [index, item] of items.entries()) {
    try {
      print(passed, item.name, await item.check(trial));
    } catch (error) {
      // The first items are one attempt to connect; its error tells how far it came.
      const reached = items.findIndex(({ name }) => name === itemOf(error));
      const failed = Math.max(index, reached);
      for (const { name, passes = '' } of items.slice(index, failed)) print(passed, name, passes);
      const name = items[failed]?.name ?? '';
      print(screen.style('red', '✘'), name, messageFor(error));
      for (const { name } of items.slice(failed + 1)) print('-', name, 'skipped');
      throw new CommandError(`This database can't hold an election: "${name}" failed`);
    }
  }
  screen.line(
    `\n${wrapped('This database can hold an election over this connection.', screen.width)}`,
  );
}
