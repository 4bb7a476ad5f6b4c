import type { Announcement } from '../model/announcement.js';
import type { Connection } from '../port/connection.js';

/** Sends a statement to the server, after those before it. */
export type Send = <T>(statement: (connection: Connection) => Promise<T>) => Promise<T>;

/** Runs statements that belong together when their turn comes. */
type TakeTurn = <T>(work: (send: Send) => Promise<T>) => Promise<T>;

/** A lock that is ours, and what others are to hear before its term begins. */
interface Draw {
  readonly lock: bigint;
  readonly announcement: Announcement;
}

/** A lock that is to be freed, something that is to be announced, or both at once. */
interface Release {
  readonly lock?: bigint;
  readonly announcement?: Announcement;
}

/**
 * Statements that elections share. What is asked for until a statement's turn comes is done by that one statement, so a
 * hundred elections that begin or end together cost as many statements as one.
 *
 * What one election frees and announces stays in the order in which it asked.
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

  /** Draws a term, with an announcement where that can be made. */
  async drawTerm(lock: bigint, announcement: Announcement): Promise<Drawn> {
    return this.#draws.add({ lock, announcement });
  }

  /** Frees a lock, and says so at the same time where something is to be said and can be. */
  async unlock(lock: bigint, announcement?: Announcement): Promise<void> {
    await this.#releases.add({ lock, ...(announcement && { announcement }) });
  }

  /** Makes announcements, if they can be made. */
  async announce(announcements: readonly Announcement[]): Promise<void> {
    await Promise.all(announcements.map((announcement) => this.#releases.add({ announcement })));
  }
}

/** A term, and whether others have been told that the lock is ours. */
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

/** Collects what is asked for until it can be sent. */
class Batch<Item, Answer> {
  readonly #send: (take: () => readonly Item[]) => Promise<readonly Answer[]>;
  #items: Item[] = [];
  #answers: Promise<readonly Answer[]> | undefined;

  /** @param send waits for its turn, and then calls `take` for all that is there; answers in their order */
  constructor(send: (take: () => readonly Item[]) => Promise<readonly Answer[]>) {
    this.#send = send;
  }

  /** Rejects where the session ends before the answer. */
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
