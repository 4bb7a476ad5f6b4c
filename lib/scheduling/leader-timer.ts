import { inBackground } from '../core/common/background.js';
import type { ScheduledMethod, SchedulerSetup, LeaderJob } from './leader-job.js';

/** An interval, or a timeout that runs once per term. It exists, and is registered, while this instance leads. */
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
      logger.warn(`Could not start the leader-only ${this.#type} "${name}": the name is taken`);
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
    // The registry clears the timer that is deleted from it.
    if (this.#isRegistered) this.#unregister();
    this.#timer = undefined;
  }

  /** The application may have deleted or replaced the timer. */
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
