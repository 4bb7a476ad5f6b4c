import type { Announcement } from '../../../lib/core/model/announcement.js';
import { formatAnnouncement } from '../../../lib/core/postgres/announcement-codec.js';
import { keysOf } from '../rules/rules.js';
import type { Stranger } from '../server/stranger.js';
import { EPOCH } from '../time/simulated-process.js';
import type { World } from '../world.js';

/** What somebody else who can connect to the database sends. */
export interface Messages {
  readonly says: Announcement['type'];
  /** How many, spread over `lasting`. */
  readonly count: number;
  readonly lasting: number;
  readonly election: number;
  readonly key: 'lock' | 'heir' | 'other';
  /** Of whom it speaks: the instance of this number; one that does not exist, where it is undefined. */
  readonly of: number | undefined;
  readonly moment: 'now' | 'a while ago' | 'soon' | 'first' | 'last';
  readonly term: 'first' | 'next' | 'last';
  /** Whether its session lives on for a while. */
  readonly stays: boolean;
}

/** By then whoever heard a claim has looked who holds the lock, in virtual milliseconds. */
const LOOK = 500;

/** How long the session of a stranger that stays lives on, in virtual milliseconds. */
const STAY = 20_000;

const moments: Record<Messages['moment'], (now: number) => number> = {
  now: (now) => now,
  'a while ago': (now) => now - 7_000,
  soon: (now) => now + 7_000,
  first: () => -8.64e15,
  last: () => 8.64e15,
};

/** A stranger's session sends messages that look like those of an instance. */
export function sendMessages(world: World, { count, lasting, stays, ...messages }: Messages): void {
  const { agenda, server } = world;
  const stranger = server.openSession({ trusted: false });
  if (!stays && ['acquired', 'elected', 'leading'].includes(messages.says))
    world.claimsCalm.disturb(agenda.now + lasting + LOOK);
  for (let sent = 0; sent < count; sent += 1) {
    agenda.after((lasting * sent) / count, () => {
      publish(world, announcementOf(world, messages), stranger);
    });
  }
  agenda.after(lasting + (stays ? STAY : 1), () => {
    server.closeSession(stranger);
  });
}

/** Somebody who operates the fleet asks a leader to step down, as often as it says. */
export function askToResign(
  world: World,
  {
    count,
    lasting,
    election,
    instanceId,
  }: Pick<Messages, 'count' | 'lasting' | 'election'> & { readonly instanceId: string },
): void {
  const { agenda, server } = world;
  const operator = server.openSession({ trusted: true });
  const { lock: key } = keysOf(election);
  for (let sent = 0; sent < count; sent += 1) {
    agenda.after((lasting * sent) / count, () => {
      const announcement: Announcement = { type: 'resign-request', key, instanceId };
      publish(world, announcement, operator);
    });
  }
  agenda.after(lasting + STAY, () => {
    server.closeSession(operator);
  });
}

function publish({ server }: World, announcement: Announcement, sender: Stranger): void {
  server.publish({ payload: formatAnnouncement(announcement), sender: sender.pid });
}

function announcementOf(
  world: World,
  messages: Omit<Messages, 'count' | 'lasting' | 'stays'>,
): Announcement {
  const { lock, heir } = keysOf(messages.election);
  const key = { lock, heir, other: 2n ** 63n - 1n }[messages.key];
  const instanceId = nameOf(world, messages.of);
  const moment = moments[messages.moment](EPOCH + world.agenda.now);
  const term = { first: 0n, next: world.server.lastTerm + 1n, last: 2n ** 64n - 1n }[messages.term];
  const leader = { instanceId, term, since: new Date(moment) };
  switch (messages.says) {
    case 'acquired':
      return { type: 'acquired', key, instanceId };
    case 'elected':
      return { type: 'elected', key, leader };
    case 'leading':
      return { type: 'leading', key, leader };
    case 'stepping-down':
      return { type: 'stepping-down', key, instanceId, servedUntil: moment };
    case 'resigned':
      return { type: 'resigned', key, instanceId, servedUntil: moment };
    case 'resign-request':
      return { type: 'resign-request', key, instanceId };
    case 'same-name':
      return { type: 'same-name', instanceId, host: 'elsewhere', process: 1 };
    case 'place-free':
      return { type: 'place-free', key };
    case 'who-leads':
    case 'roll-call':
      return { type: messages.says };
  }
}

function nameOf({ instances }: World, number: number | undefined): string {
  const instance = number === undefined ? undefined : instances[number % instances.length];
  return instance?.name ?? 'nobody'.repeat(64);
}
