import type { LeaderOnlyCall } from './leader-only-call.js';
import { notLeader } from './not-leader.error.js';

type AnyGenerator = Generator | AsyncGenerator;

/**
 * Wraps a generator so that it ends with the leadership in which it was called. From then on, requests for a value are
 * refused, including pending ones. Its `finally` blocks run: immediately if it is suspended at a `yield`, otherwise
 * when it reaches the next one. A demotion waits for them and for a running step, but not for a consumer.
 *
 * @internal
 */
export function generatorWhileLeading<T extends AnyGenerator>(source: T, call: LeaderOnlyCall): T {
  const steps = isAsync(source) ? asyncSteps(source, call) : syncSteps(source, call);
  // All other methods of generators use these three.
  return Object.create(
    Object.getPrototypeOf(source) as object,
    Object.getOwnPropertyDescriptors(steps),
  ) as T;
}

function isAsync(generator: AnyGenerator): generator is AsyncGenerator {
  return Symbol.asyncIterator in generator;
}

function asyncSteps(source: AsyncGenerator, call: LeaderOnlyCall): Partial<AsyncGenerator> {
  type Result = Promise<IteratorResult<unknown>>;
  const waiting = new Set<(refusal: Error) => void>();
  const life = new Life(call, () => {
    for (const refuse of waiting) refuse(life.refusal());
    life.close(() => source.return(undefined));
  });
  const inTurn = oneAfterTheOther();
  const follow = async (step: () => Result): Result => {
    try {
      const result = await life.run(step);
      if (result.done) life.isComplete();
      return result;
    } catch (error) {
      life.isComplete();
      throw error;
    }
  };
  const proceed = async (step: () => Result): Result => {
    if (!life.mayProceed()) throw life.refusal();
    return new Promise((resolve, reject) => {
      waiting.add(reject); // Before the step, which may itself end the leadership.
      inTurn(async () => {
        // A step that is waiting for its turn when the leadership ends must not run.
        if (!life.mayProceed()) throw life.refusal();
        return follow(step);
      })
        .then(resolve, reject)
        .finally(() => waiting.delete(reject));
    });
  };
  return {
    next: (...value: [] | [unknown]) => proceed(() => source.next(...value)),
    throw: (error: unknown) => proceed(() => source.throw(error)),
    return: (value: unknown) => inTurn(() => follow(() => source.return(value))),
  };
}

/** Runs the first task at once, and each other one when the previous one has settled. */
function oneAfterTheOther(): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let isBusy = false;
  return async (work) => {
    if (isBusy) await new Promise<void>((resolve) => waiting.push(resolve));
    isBusy = true;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else isBusy = false;
    }
  };
}

function syncSteps(source: Generator, call: LeaderOnlyCall): Partial<Generator> {
  let isRunning = false;
  const close = () => {
    life.close(() => source.return(undefined));
  };
  const life = new Life(call, () => {
    if (!isRunning) close();
  });
  const follow = (step: () => IteratorResult<unknown>) => {
    let goesOn = false;
    isRunning = true;
    try {
      const result = life.run(step);
      goesOn = !result.done;
      return result;
    } finally {
      isRunning = false;
      if (!goesOn) life.isComplete();
      else if (life.isOver) close(); // The step itself has ended the leadership.
    }
  };
  const proceed = (step: () => IteratorResult<unknown>) => {
    if (!life.mayProceed()) throw life.refusal();
    return follow(step);
  };
  return {
    next: (...value: [] | [unknown]) => proceed(() => source.next(...value)),
    throw: (error: unknown) => proceed(() => source.throw(error)),
    return: (value: unknown) => follow(() => source.return(value)),
  };
}

/** Removes the listener of a generator that was garbage-collected, so that an abandoned one leaves nothing behind. */
const forgotten = new FinalizationRegistry<() => void>((stopListening) => {
  stopListening();
});

/** The life of one generator: it begins with the first request for a value, and ends with the leadership or before. */
class Life {
  readonly #call: LeaderOnlyCall;
  readonly #end: () => void;
  #stopListening: (() => void) | undefined;
  #isComplete = false;
  #isOver = false;

  /** @param end ends the generator when the leadership has ended */
  constructor(call: LeaderOnlyCall, end: () => void) {
    this.#call = call;
    this.#end = end;
  }

  /** Whether the leadership has ended before the generator. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the next value may be requested: like a method call, only while this instance leads. */
  mayProceed(): boolean {
    const { election, leadership } = this.#call;
    if (this.#isComplete || this.#isOver) return this.#isComplete;
    if (election.service.leadership !== leadership) this.#leadershipEnded();
    else this.#stopListening ??= this.#listen(leadership.signal);
    return !this.#isOver;
  }

  run<T>(step: () => T): T {
    const { election, leadership, called } = this.#call;
    return election.duties.work.run(called, leadership, step);
  }

  /** Runs `finally` blocks that only a demotion waits for. */
  close(step: () => unknown): void {
    const { election, leadership, called } = this.#call;
    election.duties.runInBackground(called, leadership, step);
  }

  refusal(): Error {
    return notLeader(this.#call.election, this.#call.called);
  }

  /** The generator has ended. */
  isComplete(): void {
    // If the leadership has ended it, later requests must still be refused.
    if (!this.#isOver) this.#isComplete = true;
    this.#release();
  }

  #leadershipEnded(): void {
    this.#isOver = true;
    this.#release();
    this.#end();
  }

  #release(): void {
    this.#stopListening?.();
    forgotten.unregister(this);
  }

  #listen(signal: AbortSignal): () => void {
    const life = new WeakRef(this);
    const ended = () => {
      const remembered = life.deref();
      if (remembered) remembered.#leadershipEnded();
    };
    const stopListening = () => {
      signal.removeEventListener('abort', ended);
    };
    signal.addEventListener('abort', ended);
    forgotten.register(this, stopListening, this);
    return stopListening;
  }
}
