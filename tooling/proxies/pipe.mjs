/** Marks the end of a stream. */
const END = Symbol('end');

/**
 * One direction of a connection, whose traffic can be held back or delayed. What is held back is delivered when the pipe
 * opens again, as TCP does after a partition, the end of the stream included.
 */
export class Pipe {
  #to;
  #condition;
  /** @type {{ at: number, what: Buffer | typeof END }[]} */
  #queue = [];
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #stopped = false;

  /**
   * @param {import('node:net').Socket} from
   * @param {import('node:net').Socket} to
   * @param {() => { silent: boolean, delay: number }} condition
   */
  constructor(from, to, condition) {
    this.#to = to;
    this.#condition = condition;
    from.on('data', (chunk) => this.#take(chunk));
    from.on('close', () => this.#take(END));
    from.on('error', () => {});
  }

  /** Delivers what may be delivered. */
  pump() {
    clearTimeout(this.#timer);
    while (this.#queue[0] && !this.#condition().silent) {
      const { at, what } = this.#queue[0];
      const wait = at - performance.now();
      if (wait > 0) {
        this.#timer = setTimeout(() => this.pump(), wait);
        return;
      }
      this.#queue.shift();
      if (what === END) this.#to.destroySoon();
      else if (this.#to.writable) this.#to.write(what);
    }
  }

  /** From now on what comes is lost. */
  stop() {
    clearTimeout(this.#timer);
    this.#stopped = true;
    this.#queue.length = 0;
  }

  /** @param {Buffer | typeof END} what */
  #take(what) {
    if (this.#stopped) return;
    this.#queue.push({ at: performance.now() + this.#condition().delay, what });
    this.pump();
  }
}
