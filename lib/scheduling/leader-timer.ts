import { inBackground } from '../core/common/background.js';
import type { ScheduledMethod, SchedulerSetup, LeaderJob } from './leader-job.js';

/** An interval, or a timeout that runs once in a term; it exists, and stands in the registry, while this instance leads. */
export class LeaderTimer implements LeaderJob {
  readonly #method: ScheduledMethod;
  readonly #type: 'interval' | 'timeout';
  readonly #milliseconds: number;
  readonly #setup: SchedulerSetup;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    method: ScheduledMethod,
    type: 'interval' | 'timeout',
    milliseconds: number,
    setup: SchedulerSetup,
  ) {
    this.#method = method;
    this.#type = type;
    this.#milliseconds = milliseconds;
    this.#setup = setup;
  }

  get name(): string {
    return this.#method.name;
  }

  start(): void {
    const { registry, logger } = this.#setup;
    const { name } = this.#method;
    if (registry.doesExist(this.#type, name)) {
      logger.warn(`The leader-only ${this.#type} "${name}" does not start: the name is taken`);
      return;
    }
    const run = () => {
      inBackground(name, logger, () => this.#method.call());
    };
    if (this.#type === 'interval') {
      this.#timer = setInterval(run, this.#milliseconds);
      registry.addInterval(name, this.#timer);
    } else {
      this.#timer = setTimeout(run, this.#milliseconds);
      registry.addTimeout(name, this.#timer);
    }
  }

  stop(): void {
    // What is deleted from the registry is cleared by it.
    if (this.#isRegistered) this.#unregister();
    this.#timer = undefined;
  }

  /** The application may have deleted the timer, or put another in its place. */
  get #isRegistered(): boolean {
    const { registry } = this.#setup;
    const { name } = this.#method;
    if (!this.#timer || !registry.doesExist(this.#type, name)) return false;
    const registered =
      this.#type === 'interval' ? registry.getInterval(name) : registry.getTimeout(name);
    return registered === this.#timer;
  }

  #unregister(): void {
    const { registry } = this.#setup;
    if (this.#type === 'interval') registry.deleteInterval(this.#method.name);
    else registry.deleteTimeout(this.#method.name);
  }
}
