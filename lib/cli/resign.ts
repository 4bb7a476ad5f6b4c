import type { InstanceReport } from '../core/model/instance-report.js';
import { instanceOf } from '../core/postgres/application-name.js';
import { Inspector, type HeldLock } from '../core/postgres/inspector.js';
import { electionKeys } from '../core/postgres/lock-key.js';
import type { Database } from './arguments.js';
import { CommandError } from './command-error.js';
import { collectReports } from './instance-reports.js';
import { printable, type Screen } from './screen.js';

/** How often it is looked who holds the lock, in milliseconds. */
const LOOK_EVERY = 50;
/** How long a new holder may be silent before it is asked who it is, in milliseconds. */
const ASK_AFTER = 1_000;

export interface ResignOptions {
  readonly election: string;
  readonly lockKey: bigint | undefined;
  /** Nobody else is asked. */
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
 * Has the leader of an election step down, and waits until another leads.
 *
 * @throws CommandError when there is no such leader, or nobody takes over
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
    const what = options.force
      ? `The session of ${leader.name} was ended`
      : `${leader.name} stepped down`;
    const term = successor.term === undefined ? '' : ` in term ${successor.term}`;
    if (successor.name === leader.name)
      throw new CommandError(
        `${what}, nobody else took over, and it leads again${term} (${took} ms)`,
      );
    screen.line(`${what}; ${successor.name} leads${term}. It took ${took} ms.`);
  } finally {
    await inspector.close();
  }
}

/** The key of the name, unless instances say that their election of this name has another. */
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
    `Several elections are called "${election}"; say which with --lock-key: ${keys}`,
  );
}

async function leaderOf(
  handover: Handover,
  { election, instance }: ResignOptions,
  answers: ReadonlyMap<number, InstanceReport>,
): Promise<Leader> {
  const holder = await handover.holder();
  if (!holder) throw new CommandError(`Nobody leads "${election}" in this database`);
  const instanceId = answers.get(holder.pid)?.instanceId ?? instanceOf(holder.applicationName);
  const name = printable(instanceId ?? `the process ${holder.pid} of the server`);
  if (instance !== undefined && instance !== instanceId)
    throw new CommandError(`"${election}" is led by ${name}, not by ${instance}`);
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
      `${name} holds the lock (process ${pid} of the server) but does not answer, so it can't be asked; --force ends its session`,
    );
  }
  if (!(await inspector.mayAskToResign(pid))) {
    throw new CommandError(
      `This role may not ask ${name} to step down: use the role of the application, a member of it, or a superuser`,
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
      `This role may not end the session of ${name}: use the role of the application, or grant pg_signal_backend`,
    );
  }
  throw new CommandError(`${name} has given the lock back by itself meanwhile`);
}

/** Who holds a lock and, as far as instances tell, leads. */
class Handover {
  readonly #inspector: Inspector;
  readonly #key: bigint;
  /** Who said that it was elected. */
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
   * Resolves with the one that leads after another: it holds the lock, and said that it was elected; or, where that was not
   * received, it holds the lock and answers that it leads, or is none of ours.
   *
   * @throws CommandError when nobody does before the deadline, in milliseconds
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
        `${leader.name} stepped down, but nobody took over in time (--timeout)`,
      );
    throw new CommandError(
      holder.pid === leader.pid
        ? `${leader.name} still holds the lock: its duties may still be stopping (--timeout waits longer, --force ends its session)`
        : `${leader.name} stepped down and another holds the lock (process ${holder.pid} of the server), but does not lead yet (--timeout)`,
    );
  }

  async #identify({ applicationName, pid }: HeldLock): Promise<Leader | undefined> {
    const answer = (await collectReports(this.#inspector)).get(pid);
    const claim = answer?.elections.find(({ key }) => key === this.#key);
    if (answer && claim?.role === 'leader')
      return { pid, name: printable(answer.instanceId), term: claim.term };
    return answer || instanceOf(applicationName) !== undefined
      ? undefined
      : { pid, name: `the process ${pid} of the server` };
  }
}
