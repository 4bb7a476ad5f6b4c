import type { Announcement } from '../model/announcement.js';
import type { Connection } from '../port/connection.js';

/** Sends a statement to the server, after all earlier ones. */
export type Send = <T>(statement: (connection: Connection) => Promise<T>) => Promise<T>;

/** Runs a group of statements when its turn comes. */
type TakeTurn = <T>(work: (send: Send) => Promise<T>) => Promise<T>;

/** A lock that this session holds, and the announcement to send before its term begins. */
interface Draw {
  readonly lock: bigint;
  readonly announcement: Announcement;
}

/** A lock to free, an announcement to send, or both at once. */
interface Release {
  readonly lock?: bigint;
  readonly announcement?: Announcement;
}

/**
 * Combines statements of several elections. One statement handles all requests that arrive before its turn, so a
 * hundred elections that begin or end together need as many statements as one.
 *
 * The requests of one election are handled in order.
 *
 * @internal
 */
export class SharedStatements {
  readonly #draws: Batch<Draw, Drawn>;
  readonly #releases: Batch<Release, undefined>;

  constructor(takeTurn: TakeTurn) {
    this.#draws = new Batch((take) => takeTurn((send) => drawAll(send, take)));
    this.#releases = new Batch((take) => takeTurn((send) => releaseAll(send, take)));
  }

  /** Draws a term, and sends an announcement if the server accepts it. */
  async drawTerm(lock: bigint, announcement: Announcement): Promise<Drawn> {
    return this.#draws.add({ lock, announcement });
  }

  /** Frees a lock, and sends an announcement, if given, in the same statement if the server accepts it. */
  async unlock(lock: bigint, announcement?: Announcement): Promise<void> {
    await this.#releases.add({ lock, ...(announcement && { announcement }) });
  }

  /** Sends announcements, if the server accepts them. */
  async announce(announcements: readonly Announcement[]): Promise<void> {
    await Promise.all(announcements.map((announcement) => this.#releases.add({ announcement })));
  }
}

/** A term, and whether the acquisition was announced. */
interface Drawn {
  readonly term: bigint;
  readonly announced: boolean;
}

async function drawAll(send: Send, take: () => readonly Draw[]): Promise<readonly Drawn[]> {
  let locks: readonly bigint[] = [];
  const terms = await send((connection) => {
    const draws = take();
    locks = draws.map(({ lock }) => lock);
    return connection.drawTermsAndAnnounce(
      locks,
      draws.map(({ announcement }) => announcement),
    );
  });
  if (terms) return terms.map((term) => ({ term, announced: true }));
  const unannounced = await send((connection) => connection.drawTerms(locks));
  return unannounced.map((term) => ({ term, announced: false }));
}

async function releaseAll(
  send: Send,
  take: () => readonly Release[],
): Promise<readonly undefined[]> {
  let releases: readonly Release[] = [];
  let locks: readonly bigint[] = [];
  const done = await send(async (connection) => {
    releases = take();
    locks = releases.flatMap(({ lock }) => lock ?? []);
    const announcements = releases.flatMap(({ announcement }) => announcement ?? []);
    if (locks.length > 0 && announcements.length > 0)
      return connection.unlockAndAnnounce(locks, announcements);
    await (locks.length > 0 ? connection.unlock(locks) : connection.announce(announcements));
    return true;
  });
  if (!done) await send((connection) => connection.unlock(locks));
  return releases.map(() => undefined);
}

/** Collects requests until they can be sent. */
class Batch<Item, Answer> {
  readonly #send: (take: () => readonly Item[]) => Promise<readonly Answer[]>;
  #items: Item[] = [];
  #answers: Promise<readonly Answer[]> | undefined;

  /** @param send waits for its turn, then calls `take` to get all items; returns the answers in their order */
  constructor(send: (take: () => readonly Item[]) => Promise<readonly Answer[]>) {
    this.#send = send;
  }

  /** Rejects if the session ends before the answer. */
  async add(item: Item): Promise<Answer> {
    const position = this.#items.push(item) - 1;
    this.#answers ??= this.#send(() => this.#take());
    const answers = await this.#answers;
    return answers[position] as Answer;
  }

  #take(): readonly Item[] {
    const items = this.#items;
    this.#items = [];
    this.#answers = undefined;
    return items;
  }
}
