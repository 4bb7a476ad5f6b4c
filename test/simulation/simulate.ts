import { strictOnly } from './faults/arbitrary-faults.js';
import { inflict, type FaultKind } from './faults/faults.js';
import type { Schedule } from './faults/schedules.js';
import type { PlantedBug } from './planted-bugs.js';
import { Violation } from './referee.js';
import { balanceBound, refillBound } from './rules/bounds.js';
import { AFTERMATH } from './rules/rules.js';
import { healingBound, timings } from './timings.js';
import { World } from './world.js';

/** How many runs have a calm time at their end, and how long it is in virtual milliseconds. */
const SETTLING = 0.25;
const CALM = 8_000;

export interface Note {
  readonly at: number;
  readonly who: string;
  readonly what: string;
}

export interface Outcome {
  readonly violation: Violation | undefined;
  /** The faults that found somebody. */
  readonly faults: readonly FaultKind[];
  readonly timeline: readonly Note[];
}

/** Lives through a schedule, and on until everything has healed and stopped. */
export async function simulate(
  schedule: Schedule,
  options: { readonly bug?: PlantedBug; readonly record?: boolean } = {},
): Promise<Outcome> {
  const { takeover } = schedule;
  const takeovers = typeof takeover === 'string' ? [takeover] : takeover;
  const world = new World({ ...schedule, takeovers, bug: options.bug });
  const timeline: Note[] = [];
  if (options.record) world.onNote = (at, who, what) => timeline.push({ at, who, what });
  const faults: FaultKind[] = [];
  const remove = options.bug?.plant?.();
  try {
    await live(world, schedule, faults);
    await heal(world);
    if (world.random.chance(SETTLING)) await settle(world);
    await close(world);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    world.note('referee', error.message);
    return { violation: error, faults, timeline };
  } finally {
    remove?.();
  }
  return { violation: undefined, faults, timeline };
}

async function live(world: World, schedule: Schedule, faults: FaultKind[]): Promise<void> {
  const { agenda, referee } = world;
  for (let count = 0; count < schedule.instances; count += 1) {
    agenda.after(world.random.between(0, 300), () => world.join());
  }
  let begins = 2_000; // Until then somebody leads, usually.
  let healed = begins;
  for (const fault of schedule.faults) {
    begins += fault.after;
    agenda.at(begins, () => {
      if (inflict(world, fault)) faults.push(fault.kind);
      if (strictOnly.includes(fault.kind)) world.rules.overlaps.expect();
    });
    healed = Math.max(healed, begins + ('lasting' in fault ? fault.lasting : 0));
  }
  await agenda.run(healed, referee.check);
}

/** No fault lasts any longer: there must be a leader of every election before long. */
async function heal(world: World): Promise<void> {
  const { agenda, referee, setup, instances, trouble } = world;
  Object.assign(trouble, { failing: 0, hanging: 0, late: 0, endless: 0 });
  await agenda.run(agenda.now + 1, referee.check);
  if (!world.living.some(({ candidate, stopping }) => candidate && !stopping)) world.join();
  const everyElection = Array.from({ length: setup.elections }, (_, index) => index);
  const well = () =>
    everyElection.every((election) => instances.some((instance) => instance.leads(election)));
  await agenda.run(agenda.now + healingBound, referee.check, well);
  if (!well()) throw new Violation(`Nobody leads ${healingBound} ms after the last fault`);
}

/** Nothing happens for a while, so that what it costs to wait can be counted. */
async function settle(world: World): Promise<void> {
  const { agenda, referee, rules, setup } = world;
  await agenda.run(agenda.now + AFTERMATH + CALM, referee.check);
  if (!rules.balance.isExpected) return;
  // Whoever takes a free place is one more among whom the elections are spread.
  if (setup.maxCandidates !== undefined)
    await agenda.run(agenda.now + refillBound(setup.latency), referee.check);
  // The transactions of all elections of an instance share its session, and keep every hand-over waiting.
  world.mayWrite = false;
  const haveWritten = () =>
    world.living.every(({ writers }) => writers.every(({ underWay }) => underWay === 0));
  await agenda.run(
    agenda.now + setup.elections * timings.leaseDuration,
    referee.check,
    haveWritten,
  );
  await agenda.run(agenda.now + balanceBound, referee.check, () => rules.balance.isReached);
  if (!rules.balance.isReached) throw new Violation(rules.balance.violation);
}

/** Everybody stops, and nothing is left. */
async function close(world: World): Promise<void> {
  const { agenda, referee, instances } = world;
  for (const instance of world.living) instance.stop();
  const allEnded = () => world.living.length === 0;
  await agenda.run(agenda.now + healingBound, referee.check, allEnded);
  if (!allEnded()) throw new Violation('An instance does not stop');
  await agenda.run(agenda.now + healingBound / 2, referee.check);
  for (const instance of instances) {
    const { name, process, elections, duties, writers, ended } = instance;
    if (!ended) continue;
    referee.expect(!instance.isListening, `${name} left a listener behind`);
    referee.expect(process.timers === 0, `${name} left a timer behind`);
    referee.expect(
      elections.every(({ role, isLeader }) => role === 'stopped' && !isLeader),
      `${name} has ended, and is still something`,
    );
    referee.expect(!duties.some(({ started }) => started), `${name} did not stop its duties`);
    referee.expect(
      writers.every(({ underWay }) => underWay === 0),
      `${name} has a transaction that never ended`,
    );
  }
  referee.expect(world.server.locks.size === 0, 'A lock is left');
  // A connection that was reset while it was being set up has no lease yet, but no lock either.
  const sessions = [...world.server.backends].filter(({ listening }) => listening);
  referee.expect(sessions.length === 0, 'A session is left');
  referee.check();
}
