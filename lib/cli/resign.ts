import type { InstanceReport } from '../core/model/instance-report.js';
import { instanceOf } from '../core/postgres/application-name.js';
import { Inspector, type HeldLock } from '../core/postgres/inspector.js';
import { electionKeys } from '../core/postgres/lock-key.js';
import type { Database } from './arguments.js';
import { CommandError } from './command-error.js';
import { collectReports } from './instance-reports.js';
import { printable, type Screen } from './screen.js';

/** How often to check who holds the lock, in milliseconds. */
const LOOK_EVERY = 50;
/** How long to wait for a new holder's announcement before asking it for a report, in milliseconds. */
const ASK_AFTER = 1_000;

export interface ResignOptions {
  readonly election: string;
  readonly lockKey: bigint | undefined;
  /** Only this instance is asked. */
  readonly instance: string | undefined;
  /** End the leader's session instead of asking. */
  readonly force: boolean;
  /** Milliseconds to wait for a successor. */
  readonly timeout: number;
}

interface Leader {
  readonly pid: number;
  readonly name: string;
  readonly term?: bigint | undefined;
}

/**
 * Makes the leader of an election step down, and waits for its successor.
 *
 * @throws CommandError if there is no such leader, or no instance takes over
 */
export async function resign(
  { config, pooler }: Database,
  options: ResignOptions,
  screen: Screen,
): Promise<void> {
  const inspector = await Inspector.open(config, pooler);
  try {
    const answers = await collectReports(inspector);
    const key = keyOf(options, answers);
    const handover = new Handover(inspector, key);
    const leader = await leaderOf(handover, options, answers);
    const startedAt = performance.now();
    if (options.force) await end(inspector, key, leader);
    else await ask(inspector, key, leader, answers.get(leader.pid));
    const successor = await handover.after(leader, startedAt + options.timeout);
    const took = Math.round(performance.now() - startedAt);
    const done = options.force
      ? `Terminated the session of ${leader.name}`
      : `${leader.name} stepped down`;
    const term = successor.term === undefined ? '' : ` (term ${successor.term})`;
    if (successor.name === leader.name)
      throw new CommandError(
        `${done}, but no other instance took over; it leads again after ${took} ms${term}`,
      );
    screen.line(`${done}; ${successor.name} took over after ${took} ms${term}.`);
  } finally {
    await inspector.close();
  }
}

/** The key of the name, unless instances report an election of this name with its own key. */
function keyOf(
  { election, lockKey }: ResignOptions,
  answers: ReadonlyMap<number, InstanceReport>,
): bigint {
  if (lockKey !== undefined) return lockKey;
  const told = [...answers.values()].flatMap(({ elections }) =>
    elections.filter(({ name }) => name === election).map(({ key }) => key),
  );
  const usual = electionKeys(election).lock;
  const [only = usual, ...others] = new Set(told);
  if (others.length === 0) return only;
  const keys = [only, ...others].join(', ');
  throw new CommandError(
    `Several elections are named "${election}"; choose one with --lock-key: ${keys}`,
  );
}

async function leaderOf(
  handover: Handover,
  { election, instance }: ResignOptions,
  answers: ReadonlyMap<number, InstanceReport>,
): Promise<Leader> {
  const holder = await handover.holder();
  if (!holder) throw new CommandError(`No instance leads "${election}" in this database`);
  const instanceId = answers.get(holder.pid)?.instanceId ?? instanceOf(holder.applicationName);
  const name = printable(instanceId ?? `server process ${holder.pid}`);
  if (instance !== undefined && instance !== instanceId)
    throw new CommandError(`The leader of "${election}" is ${name}, not ${instance}`);
  return { pid: holder.pid, name };
}

async function ask(
  inspector: Inspector,
  key: bigint,
  { name, pid }: Leader,
  answer: InstanceReport | undefined,
): Promise<void> {
  if (!answer) {
    throw new CommandError(
      `${name} holds the lock (server process ${pid}) but does not respond; try again in case it runs a long statement, or use --force to terminate its session`,
    );
  }
  if (!(await inspector.mayAskToResign(pid))) {
    throw new CommandError(
      `This role is not allowed to ask ${name} to step down: use the application's role, a member of it, or a superuser`,
    );
  }
  await inspector.announce({ type: 'resign-request', key, instanceId: answer.instanceId });
}

async function end(inspector: Inspector, key: bigint, { name, pid }: Leader): Promise<void> {
  try {
    if (await inspector.terminateHolder(key, pid)) return;
  } catch (error) {
    if ((error as { code?: unknown }).code !== '42501') throw error;
    throw new CommandError(
      `This role is not allowed to terminate the session of ${name}: use the application's role, or grant pg_signal_backend`,
    );
  }
  throw new CommandError(`${name} has already released the lock`);
}

/** Finds out who holds a lock and leads. */
class Handover {
  readonly #inspector: Inspector;
  readonly #key: bigint;
  /** The instances that announced their election, by server process. */
  readonly #elected = new Map<number, Leader>();

  constructor(inspector: Inspector, key: bigint) {
    this.#inspector = inspector;
    this.#key = key;
    inspector.onAnnouncement((announcement, pid) => {
      if (announcement.type !== 'elected' || announcement.key !== key) return;
      const { instanceId, term } = announcement.leader;
      this.#elected.set(pid, { pid, name: printable(instanceId), term });
    });
  }

  async holder(): Promise<HeldLock | undefined> {
    return (await this.#inspector.heldLocks([this.#key])).find(({ key }) => key === this.#key);
  }

  /**
   * Resolves with the new leader: it holds the lock, and it announced its election, reports that it leads, or is not an
   * instance of this library.
   *
   * @throws CommandError if there is none before the deadline, in milliseconds
   */
  async after(leader: Leader, deadline: number): Promise<Leader> {
    let holder: HeldLock | undefined;
    let heldSince = performance.now();
    while (performance.now() < deadline) {
      const before = holder?.pid;
      holder = await this.holder();
      if (holder?.pid !== before) heldSince = performance.now();
      if (holder) {
        const elected = this.#elected.get(holder.pid);
        if (elected) return elected;
        if (holder.pid !== leader.pid && performance.now() - heldSince > ASK_AFTER) {
          const found = await this.#identify(holder);
          if (found) return found;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
    if (!holder)
      throw new CommandError(
        `${leader.name} released the lock, but no instance took over in time (--timeout)`,
      );
    throw new CommandError(
      holder.pid === leader.pid
        ? `${leader.name} still holds the lock, perhaps because its duties are still stopping (wait longer with --timeout, or use --force)`
        : `${leader.name} released the lock; server process ${holder.pid} holds it, but does not lead yet (--timeout)`,
    );
  }

  async #identify({ applicationName, pid }: HeldLock): Promise<Leader | undefined> {
    const answer = (await collectReports(this.#inspector)).get(pid);
    const claim = answer?.elections.find(({ key }) => key === this.#key);
    if (answer && claim?.role === 'leader')
      return { pid, name: printable(answer.instanceId), term: claim.term };
    return answer || instanceOf(applicationName) !== undefined
      ? undefined
      : { pid, name: `server process ${pid}` };
  }
}
