// Another role in the same database, which may do nothing there but connect, and sends notifications. It tells every
// second what it has sent and what was delivered. node stranger-process.mjs <options as JSON>
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { Random } from '../../chaos/random.mjs';
import { Messages } from './messages.mjs';
import { CHANNEL, INSTANCES, KEYS, SEND } from './statements.mjs';

/** Connections that send at the same time, so that commits meet. */
const SENDERS = 3;
/** Milliseconds between two batches. */
const BEAT = 10;
/** Milliseconds between two looks at the server's lists. */
const LOOK = 500;

const { url, rate, seed, types } = JSON.parse(process.argv[2] ?? '{}');
const random = new Random(seed);
const messages = new Messages(random, types);
const sent = { messages: 0, bytes: 0 };
let delivered = 0;
let stopped = false;
/** @type {number | undefined} */
let ended;

async function connect() {
  const client = new pg.Client(url);
  await client.connect();
  return client;
}
const ear = await connect();
const senders = await Promise.all(Array.from({ length: SENDERS }, connect));
const pids = new Set(
  await Promise.all(
    senders.map(
      async (sender) => (await sender.query('SELECT pg_backend_pid() AS pid')).rows[0].pid,
    ),
  ),
);
ear.on('notification', ({ processId }) => {
  if (pids.has(processId)) delivered += 1;
});
await ear.query(`LISTEN ${CHANNEL}`);
await look();

process.on('message', () => {
  stopped = true;
});
process.on('disconnect', () => process.exit());
const telling = setInterval(tell, 1_000);
const looking = setInterval(() => void look(), LOOK);
const started = performance.now();
await Promise.all(senders.map((sender, index) => send(sender, index)));
ended = performance.now();
await delay(500); // What was sent last is on its way.
clearInterval(telling);
clearInterval(looking);
tell();
await Promise.all([ear, ...senders].map((client) => client.end()));
process.disconnect();

/** Each sends what is due at its turn. @param {pg.Client} sender @param {number} index */
async function send(sender, index) {
  await delay((index * BEAT) / SENDERS);
  while (!stopped) {
    const due = Math.floor(((performance.now() - started) * rate) / 1_000) - sent.messages;
    // Mostly in batches; some alone, each in a transaction of its own.
    const count = Math.min(Math.max(due, 0), random.chance(0.2) ? 1 : 200);
    const batch = Array.from({ length: count }, () => messages.next());
    sent.messages += count;
    sent.bytes += batch.reduce((sum, message) => sum + Buffer.byteLength(message), 0);
    if (count > 0) await sender.query(SEND, [batch]);
    if (due <= count) await delay(BEAT);
  }
}

async function look() {
  const [instances, keys] = await Promise.all([ear.query(INSTANCES), ear.query(KEYS)]);
  const found = {
    instances: instances.rows.map(({ instance }) => instance),
    keys: keys.rows.map(({ key }) => key),
  };
  // Between two leaders there is none to be seen: those of before will do.
  for (const what of /** @type {const} */ (['instances', 'keys'])) {
    if (found[what].length > 0) messages.targets = { ...messages.targets, [what]: found[what] };
  }
}

function tell() {
  process.send?.({ ...sent, delivered, milliseconds: (ended ?? performance.now()) - started });
}
