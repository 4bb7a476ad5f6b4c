import { setTimeout as delay } from 'node:timers/promises';
import { monotonicNow } from '../../tooling/clock.mjs';
import { Fleet } from '../../tooling/instances/fleet.mjs';
import { Random } from '../chaos/random.mjs';
import { boundOf, MOST_WAITING } from './bounds.mjs';
import { Witness } from './flooded-instances/witness.mjs';
import { handOver, planHandOvers, settled } from './hand-overs.mjs';
import { own } from './judge.mjs';
import { Stranger } from './stranger/stranger.mjs';
import { wrongTicks } from './ticks.mjs';

/** @typedef {import('./hand-overs.mjs').HandOver} HandOver */
/** @typedef {import('./hand-overs.mjs').Setting} Setting */

/** What part of the flood's time nothing else happens. */
const STEADY = 0.4;
/** Seconds that a graceful hand-over and one by SIGKILL take, with the fleet's becoming whole again. */
const GRACEFUL = 2.1;
const CRASH = { fast: 3, strict: 9 };
/** Milliseconds between two looks at the memory while nothing else happens. */
const LOOK = 2_500;
/** How often a hand-over is tried, until it tells something. */
const MOST_TIMES = 4;
/** Milliseconds between two lines that say how far the run is. */
const PROGRESS = 5_000;
/** How soon a process that ended by itself comes back, in milliseconds. */
const RESTART = 500;

/**
 * Has the leadership handed over without a flood; then floods a fleet that is left alone; then has the leadership handed
 * over in the flood.
 *
 * @param {import('nestjs-leader-election').Takeover} takeover
 * @param {import('./options.mjs').Options} options
 * @param {{ database: import('./database.mjs').Database, stop: AbortSignal, say: (line: string) => void }} run
 */
export async function runFlood(takeover, { seconds, rate, seed, types }, { database, stop, say }) {
  const main = new URL('./flooded-instances/instance-process.mjs', import.meta.url);
  const program = { main, args: [JSON.stringify({ takeover })], execArgv: ['--expose-gc'] };
  const fleet = new Fleet({ program, databaseUrl: database.fleetUrl, logs: false });
  const witness = new Witness(fleet);
  const setting = { takeover, fleet, database, witness, random: new Random(seed), stop };
  /** @type {Stranger | undefined} */
  let stranger;
  let isOver = false;
  fleet.on((happening) => {
    if (happening.type !== 'gone' || !happening.unexpected) return;
    const { number } = happening.instance;
    setTimeout(() => isOver || fleet.start({ number }), RESTART);
  });
  const progress = setInterval(() => {
    say(`${witness.phase}${stranger ? `: ${tell(stranger)}` : ''}`);
  }, PROGRESS);
  const share = seconds * (1 - STEADY);
  const plan = planHandOvers(Math.max(1, Math.floor((share - CRASH[takeover]) / GRACEFUL / 2)));
  try {
    for (let number = 1; number <= 3; number += 1) fleet.start();
    const quiet = await handOvers(plan, setting, say);
    await settled(setting);
    await lookAtMemory(setting);

    witness.phase = 'steady';
    const started = monotonicNow();
    stranger = new Stranger({ url: database.strangerUrl, rate, seed, types });
    const steadyFrom = Date.now();
    while (monotonicNow() - started < seconds * STEADY * 1_000) {
      await delay(LOOK, undefined, { signal: stop });
      say(`steady: ${await lookAtMemory(setting)}`);
    }
    const wrong = wrongTicks(witness.ticks, steadyFrom, Date.now());

    witness.phase = 'hand-overs';
    const flooded = await handOvers(plan, setting, say);
    await delay(Math.max(0, started + seconds * 1_000 - monotonicNow()), undefined, {
      signal: stop,
    });
    const sent = await stranger.stop();

    witness.phase = 'after';
    await settled(setting).catch((error) => flooded.failures.push(error.message));
    say(await lookAtMemory(setting));
    return { takeover, witness, quiet, flooded, sent, rate, wrongTicks: wrong };
  } finally {
    isOver = true;
    clearInterval(progress);
    await stranger?.dispose();
    await fleet.end();
  }
}

/** @typedef {Awaited<ReturnType<typeof runFlood>>} Run */

/** @param {readonly import('./bounds.mjs').Kind[]} plan @param {Setting} setting @param {(line: string) => void} say */
async function handOvers(plan, setting, say) {
  /** @type {HandOver[]} */
  const done = [];
  /** @type {string[]} */
  const failures = [];
  for (const kind of plan) {
    try {
      done.push(await handOverThatTells(kind, setting, say));
    } catch (error) {
      if (setting.stop.aborted) throw error;
      failures.push(`${kind}: ${/** @type {Error} */ (error).message}`);
      say(failures.at(-1) ?? '');
    }
  }
  return { done, failures };
}

/**
 * Repeated where it was late and those who had a part in it waited for a processor for so long that it tells nothing of
 * them.
 *
 * @param {import('./bounds.mjs').Kind} kind @param {Setting} setting @param {(line: string) => void} say
 */
async function handOverThatTells(kind, setting, say) {
  for (let times = 1; ; times += 1) {
    const done = await handOver(kind, setting);
    const { milliseconds, tick, waited } = done;
    const took = milliseconds === undefined ? 'never' : `after ${milliseconds.toFixed(1)} ms`;
    say(`${setting.witness.phase}: ${kind}, the next leader ${took}${tick ? `; ${tick}` : ''}`);
    const isLate = milliseconds === undefined || own(done) > boundOf(kind, setting.takeover);
    if (!isLate || tick || waited <= MOST_WAITING || times === MOST_TIMES) return done;
    say(`${waited.toFixed()} ms of waiting for a processor: once more`);
  }
}

/** Has every instance collect its garbage and say what is left. @param {Setting} setting */
async function lookAtMemory({ fleet, stop }) {
  const patience = AbortSignal.any([stop, AbortSignal.timeout(2_000)]);
  const looks = fleet.instances.map(async (one) => {
    const told = fleet.first('memory', patience, ({ instance }) => instance === one);
    one.tell('memory');
    return `${((await told).heap / 1e6).toFixed(1)} MB`;
  });
  const heaps = await Promise.all(looks.map((look) => look.catch(() => 'no answer')));
  stop.throwIfAborted();
  return `heaps ${heaps.join(', ')}`;
}

/** @param {Stranger} stranger */
function tell({ sent: { messages, delivered, bytes, milliseconds } }) {
  const perSecond = Math.round((messages / Math.max(milliseconds, 1)) * 1_000);
  return `${messages} messages sent (${perSecond} a second, ${(bytes / 1e6).toFixed(1)} MB), ${delivered} delivered`;
}
