/** Something that will happen. */
export interface Appointment {
  readonly at: number;
  cancelled: boolean;
}

interface Entry extends Appointment {
  readonly order: number;
  readonly action: () => void;
}

/**
 * Virtual time: what will happen, in order, and nothing in between. Milliseconds that nobody but the simulation sees;
 * every machine in it has a clock of its own.
 */
export class Agenda {
  readonly #heap: Entry[] = [];
  #now = 0;
  #order = 0;
  #awake = false;

  get now(): number {
    return this.#now;
  }

  at(moment: number, action: () => void): Appointment {
    const entry: Entry = {
      at: Math.max(moment, this.#now),
      order: (this.#order += 1),
      action,
      cancelled: false,
    };
    this.#push(entry);
    return entry;
  }

  after(milliseconds: number, action: () => void): Appointment {
    return this.at(this.#now + milliseconds, action);
  }

  /** Code with promises has just run: whatever can settle must do so before time goes on. */
  wake(): void {
    this.#awake = true;
  }

  /**
   * Lets time pass until `end`, or until `done` says so. `settled` is called whenever instances have done what they can
   * do at an instant.
   */
  run(end: number, settled: () => void, done: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          settled();
          for (;;) {
            const next = this.#heap[0];
            if (done()) {
              resolve();
              return;
            }
            if (!next || next.at > end) {
              this.#now = end;
              settled();
              resolve();
              return;
            }
            this.#pop();
            if (next.cancelled) continue;
            this.#now = next.at;
            next.action();
            if (!this.#awake) continue;
            this.#awake = false;
            afterMicrotasks(step);
            return;
          }
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      this.#awake = false;
      afterMicrotasks(step);
    });
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, heap[parent] as Entry)) break;
      heap[index] = heap[parent] as Entry;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    const { length } = heap;
    if (length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(heap[child + 1] as Entry, heap[child] as Entry))
        child += 1;
      if (!isBefore(heap[child] as Entry, last)) break;
      heap[index] = heap[child] as Entry;
      index = child;
    }
    heap[index] = last;
  }
}

/** What comes at one instant comes in the order in which it was asked for. */
function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/**
 * Node runs a tick that was asked for inside a microtask when no microtask is left. `setImmediate` would do as well, at
 * ten times the price, and a simulation does little else.
 */
function afterMicrotasks(action: () => void): void {
  queueMicrotask(() => {
    process.nextTick(action);
  });
}
