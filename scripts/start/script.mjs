import Table from 'cli-table3';
import colours from 'picocolors';
import { Audit } from './audit.mjs';
import { duration } from '../../tooling/clock.mjs';
import { tellStory } from './fleet-story.mjs';
import { ask, watchSteadiness } from './steadiness.mjs';
import { measureFirst, measureTakeover } from './takeover.mjs';

/** @typedef {import('../../tooling/instances/fleet.mjs').Fleet} Fleet */
/** @typedef {import('../../tooling/instances/instance.mjs').Instance} Instance */

/**
 * The result of a step.
 *
 * @typedef {{ leader: Instance, time: string, bound: string }} Outcome
 */

/** How long a step may take, in milliseconds. */
const PATIENCE = 60_000;

/**
 * Runs a fixed sequence of failures, unattended, and checks after each that exactly one instance
 * leads and that the job runs there and nowhere else.
 *
 * @param {Fleet} fleet
 * @param {AbortSignal} quit
 * @throws when a step failed, with the reason
 */
export async function runScript(fleet, quit) {
  const audit = new Audit(fleet);
  const broken = new AbortController();
  tellStory(fleet);
  fleet.on((happening) => {
    if (happening.type === 'gone' && happening.unexpected) {
      broken.abort(new Error(`${happening.instance.name} ended by itself (${happening.how}).`));
    }
  });
  const table = new Table({
    head: ['step', 'leader', 'time to the new leader', 'expected'].map(colours.bold),
    style: { head: [], border: [], compact: true },
  });
  try {
    for (const [name, step] of steps) {
      console.log(`\n${colours.bold(name)}`);
      const overdue = AbortSignal.timeout(PATIENCE);
      const signal = AbortSignal.any([quit, broken.signal, overdue]);
      try {
        const { leader, time, bound } = await step(fleet, signal);
        const runsBefore = leader.runs;
        const rounds = await watchSteadiness(fleet, signal);
        if (fleet.leader !== leader) throw new Error(`${leader.name} did not stay the leader.`);
        const violations = audit.violations();
        if (violations.length > 0) throw new Error(violations.join('\n'));
        const runs = leader.runs - runsBefore;
        console.log(
          colours.dim(
            `In ${rounds} rounds of GET / only ${leader.name} led, and it ran the job ${runs} times.`,
          ),
        );
        table.push([name, leader.name, time, bound]);
      } catch (error) {
        quit.throwIfAborted();
        const reason = error === overdue.reason ? overdueReason(fleet) : message(error);
        table.push([name, { content: colours.red(`failed: ${reason}`), colSpan: 3 }]);
        throw new Error(`"${name}" failed: ${reason}`, { cause: error });
      }
    }
  } finally {
    if (table.length > 0) console.log(`\n${table.toString()}`);
  }
}

/** @type {readonly [string, (fleet: Fleet, signal: AbortSignal) => Promise<Outcome>][]} */
const steps = [
  ['start three instances', startThree],
  ['kill the leader (SIGKILL)', kill],
  ['stop the leader (SIGTERM)', stop],
  ['freeze the leader (SIGSTOP)', freeze],
  ['thaw the old leader (SIGCONT)', thaw],
  ['add an instance', add],
];

/** @type {(typeof steps)[number][1]} */
async function startThree(fleet, signal) {
  const first = measureFirst(fleet, signal);
  const [{ leader, milliseconds }] = await Promise.all([
    first,
    ...Array.from({ length: 3 }, () => startOne(fleet, signal)),
  ]);
  return { leader, time: `${duration(milliseconds)} after the start`, bound: '' };
}

/** @type {(typeof steps)[number][1]} */
async function kill(fleet, signal) {
  const { leader, milliseconds } = await measureTakeover(fleet, leading(fleet), 'kill', signal);
  await startOne(fleet, signal);
  return { leader, time: duration(milliseconds), bound: 'about 0.1 s' };
}

/** In the middle of a job, which the leader finishes first. @type {(typeof steps)[number][1]} */
async function stop(fleet, signal) {
  const old = leading(fleet);
  await fleet.first('job-started', signal, ({ instance }) => instance === old);
  const { leader, milliseconds, afterDuties } = await measureTakeover(fleet, old, 'stop', signal);
  await startOne(fleet, signal);
  const time = `${duration(afterDuties ?? NaN)} (${duration(milliseconds)} after SIGTERM)`;
  return { leader, time, bound: '0.05 s after its duties' };
}

/** Between two jobs: one that is frozen halfway would end after the thaw. @type {(typeof steps)[number][1]} */
async function freeze(fleet, signal) {
  const old = leading(fleet);
  await fleet.first('job-ended', signal, ({ instance }) => instance === old);
  const { leader, milliseconds } = await measureTakeover(fleet, old, 'freeze', signal);
  return { leader, time: duration(milliseconds), bound: 'at most 10.5 s' };
}

/** @type {(typeof steps)[number][1]} */
async function thaw(fleet, signal) {
  const old = fleet.instances.find(({ state }) => state === 'frozen');
  if (!old) throw new Error('No instance is frozen.');
  const demoted = fleet.first('demoted', signal, ({ instance }) => instance === old);
  // Asked while it is frozen, so that answering is among the first things that it does.
  const asked = ask(old, signal);
  const thawedAt = old.thaw();
  const [{ at }, { isLeader }] = await Promise.all([demoted, asked]);
  if (isLeader) throw new Error(`${old.name} claimed to lead after the thaw.`);
  const time = `none; ${old.name} demoted after ${duration(at - thawedAt)}`;
  return { leader: leading(fleet), time, bound: 'no new leader' };
}

/** @type {(typeof steps)[number][1]} */
async function add(fleet, signal) {
  const { name } = await startOne(fleet, signal);
  return { leader: leading(fleet), time: `none; ${name} joined`, bound: 'no new leader' };
}

/** @param {Fleet} fleet @param {AbortSignal} signal */
async function startOne(fleet, signal) {
  const started = fleet.start();
  await fleet.first('listening', signal, ({ instance }) => instance === started);
  return started;
}

/** @param {Fleet} fleet */
function leading({ leader }) {
  if (!leader) throw new Error('No instance leads.');
  return leader;
}

/** @param {unknown} error */
function message(error) {
  return error instanceof Error ? error.message : String(error);
}

/** @param {Fleet} fleet */
function overdueReason({ instances, leader }) {
  const own = new Set(instances.map(({ instanceId }) => instanceId));
  const stranger = instances.find((one) => one.leader && !own.has(one.leader))?.leader;
  const seconds = duration(PATIENCE);
  if (stranger) return `not done after ${seconds}: ${stranger} leads, which was not started here`;
  const roles = instances.map(({ name, role, state }) => `${name} ${role} (${state})`).join(', ');
  return `not done after ${seconds}; leader: ${leader?.name ?? 'nobody'}; ${roles}`;
}
