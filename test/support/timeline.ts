import { Injectable } from '@nestjs/common';

/** How long a test waits for something that must happen, in milliseconds. */
const PATIENCE = 15_000;

/** What happened in all applications of a test, in order: `first: elected`. */
class Timeline {
  readonly #waiting = new Map<() => void, string>();
  #entries: string[] = [];

  get entries(): readonly string[] {
    return this.#entries;
  }

  note(entry: string): void {
    this.#entries.push(entry);
    for (const [tell, awaited] of this.#waiting) if (awaited === entry) tell();
  }

  /** Resolves when the entry stands there. */
  async shows(entry: string): Promise<void> {
    if (this.#entries.includes(entry)) return;
    await within(
      new Promise<void>((resolve) => this.#waiting.set(resolve, entry)),
      () => `"${entry}" did not happen; what did: ${this.#entries.join(', ') || 'nothing'}`,
    );
  }

  clear(): void {
    this.#entries = [];
    this.#waiting.clear();
  }
}

/** Of the running test; emptied after each, when its applications are closed. */
export const timeline = new Timeline();

/** Where the providers of one application note what they do. */
@Injectable()
export class Diary {
  constructor(private readonly instanceId: string) {}

  note(what: string): void {
    timeline.note(`${this.instanceId}: ${what}`);
  }
}

/** Something that a test holds back until it says so. */
export interface Latch {
  readonly opened: Promise<void>;
  open(): void;
}

export function latch(): Latch {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Resolves when `holds` does; for states that no event tells of. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`It never came true: ${String(holds)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Fails with a sentence, and not by Jest's timeout. */
export async function within<T>(work: Promise<T>, complaint: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(complaint()));
    }, PATIENCE);
  });
  return await Promise.race([work, timeUp]).finally(() => {
    clearTimeout(timer);
  });
}
