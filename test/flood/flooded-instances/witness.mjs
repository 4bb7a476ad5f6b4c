import { monotonicNow } from '../../../tooling/clock.mjs';

/** @typedef {import('../../../tooling/instances/fleet.mjs').Fleet} Fleet */
/** @typedef {import('../../../tooling/instances/instance.mjs').Instance} Instance */
/** @typedef {import('../../../tooling/instances/instance.mjs').Happening} Happening */

/** What the run does: nothing but hand-overs; nothing but the flood; both; and nothing any more. */
/** @typedef {'quiet' | 'steady' | 'hand-overs' | 'after'} Phase */

/** @typedef {{ at: number, heap: number, external: number }} Memory at a moment of the monotonic clock; bytes */

/** How much of what a process says is kept until it ends, in characters. */
const LAST = 4_000;

/** Remembers what happened to a fleet. */
export class Witness {
  /** @type {Phase} */
  phase = 'quiet';
  /** Processes that ended by themselves, and what they said last. @type {string[]} */
  crashes = [];
  /** Terms that ended although the run had not asked for it. @type {string[]} */
  endings = [];
  /** How often somebody was elected. */
  elections = counts();
  /** How many lines were logged. */
  lines = counts();
  /** Round trips in milliseconds, by instance. */
  heartbeats = {
    quiet: numbers(),
    steady: numbers(),
    'hand-overs': numbers(),
    after: numbers(),
  };
  /** Of processes, by number of instance and process id. @type {Map<string, Memory[]>} */
  memory = new Map();
  /** When the job ran, in milliseconds of the wall clock. @type {number[]} */
  ticks = [];
  /** Since when there is a leader, on the monotonic clock. */
  electedAt = 0;
  /** Whose leadership the run brings to its end. @type {Instance | undefined} */
  expected;
  /** @type {Map<Instance, string>} */
  #output = new Map();
  /** By how much the wall clock is ahead of the monotonic one, in milliseconds. */
  wallClock = Date.now() - monotonicNow();

  /** @param {Fleet} fleet */
  constructor(fleet) {
    fleet.on((happening) => this.#see(happening));
  }

  /** @param {Happening} happening */
  #see(happening) {
    const { instance, type, at } = happening;
    switch (type) {
      case 'elected':
        this.electedAt = at;
        this.elections[this.phase] += 1;
        return;
      case 'demoted':
        if (instance === this.expected) this.expected = undefined;
        else this.endings.push(`${this.phase}: ${happening.reason}`);
        return;
      case 'gone':
        if (happening.unexpected) {
          const said = complaint(this.#output.get(instance) ?? '');
          this.crashes.push(`${this.phase}: ${happening.how}, ${said}`);
        }
        return;
      case 'output':
        this.lines[this.phase] += happening.text.split('\n').length;
        this.#output.set(
          instance,
          `${this.#output.get(instance) ?? ''}\n${happening.text}`.slice(-LAST),
        );
        return;
      case 'heartbeat': {
        const { name } = instance;
        const known = this.heartbeats[this.phase].get(name) ?? [];
        this.heartbeats[this.phase].set(name, [...known, at - happening.sentAt]);
        return;
      }
      case 'memory': {
        const process = `${instance.name} (${instance.pid})`;
        const { heap, external } = happening;
        this.memory.set(process, [...(this.memory.get(process) ?? []), { at, heap, external }]);
        return;
      }
      case 'job-started':
        this.ticks.push(at + this.wallClock);
        return;
    }
  }
}

const counts = () => ({ quiet: 0, steady: 0, 'hand-overs': 0, after: 0 });

/** @returns {Map<string, number[]>} */
const numbers = () => new Map();

/** What of an output tells most. @param {string} text */
function complaint(text) {
  const lines = text.split('\n').filter((line) => line.trim());
  const error = lines.findLast((line) => /^\w*Error\b.*: /.test(line));
  return (error ?? lines.at(-1) ?? 'without a word').slice(0, 200);
}
