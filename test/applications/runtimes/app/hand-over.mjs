// node hand-over.mjs <url>: instances under Node, Bun and Deno lead one after the other. Each takes over from the one before.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** After how many milliseconds an instance is killed, in which case something is wrong. */
const LONGEST_LIFE = 120_000;

const { BUN = '', DENO = '' } = process.env;
const script = 'dist/main.js';

const first = await start('node', process.execPath, [script]);
await first.leads();
const second = await start('bun', BUN, [script]);
await first.stops();
await second.leads();
const third = await start('deno', DENO, ['run', '--allow-all', script]);
await second.stops();
await third.leads();
const last = await start('node', process.execPath, [script]);
await third.stops();
await last.leads();
await last.stops();

/** @param {string} name @param {string} program @param {readonly string[]} args */
async function start(name, program, args) {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LONGEST_LIFE,
    killSignal: 'SIGKILL',
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  /** The next line that is no further tick. */
  const says = async (/** @type {string} */ expected) => {
    let line = await lines.next();
    while (line.value === 'ticked' && expected !== 'ticked') line = await lines.next();
    assert.equal(line.value, expected, `what ${name} says`);
    console.log(`${name} ${expected}`);
  };

  await says('started');
  return {
    async leads() {
      await says('elected');
      await says('ticked');
    },
    async stops() {
      child.kill('SIGTERM');
      await says('demoted: shutdown');
      // Nest's hooks are done, and the signal takes its course.
      assert.deepEqual(await exited, [null, 'SIGTERM'], `how ${name} ended`);
    },
  };
}
