import { describe, expect, it } from '@jest/globals';
import type { Announcement } from '../../lib/core/model/announcement.js';
import { parseAnnouncement } from '../../lib/core/postgres/announcement-codec.js';
import { Random } from '../chaos/random.mjs';
import { Messages, TYPES } from './stranger/messages.mjs';

/** A new type must be added there, too. */
const KNOWN = {
  acquired: true,
  elected: true,
  leading: true,
  'stepping-down': true,
  resigned: true,
  'resign-request': true,
  'same-name': true,
  'place-free': true,
  'who-leads': true,
  'roll-call': true,
} satisfies Record<Announcement['type'], true>;

const KEY = 42n;

function send(count: number, seed: number): string[] {
  const messages = new Messages(new Random(seed), TYPES);
  messages.targets = { keys: [String(KEY)], instances: ['one', 'two'] };
  return Array.from({ length: count }, () => messages.next());
}

describe('a stranger', () => {
  it('knows every type of message', () => {
    expect(TYPES).toEqual([...Object.keys(KNOWN), 'unknown', 'garbage']);
  });

  it('sends the same again, except for moments, for the same seed', () => {
    const withoutMoments = (message: string) =>
      message.replaceAll(/\d{13}|\d{4}-\d\d-\d\dT[^"]+/g, '');
    const [once, again] = [send(500, 1), send(500, 1)].map((all) => all.map(withoutMoments));
    expect(again).toEqual(once);
    expect(send(500, 2).map(withoutMoments)).not.toEqual(once);
  });

  it('sends nothing twice, and nothing that the server refuses', () => {
    const sent = send(20_000, 3);
    expect(new Set(sent).size).toBe(sent.length);
    const sizes = sent.map((message) => Buffer.byteLength(message));
    expect(Math.max(...sizes)).toBe(7_900);
    expect(Math.min(...sizes)).toBeLessThan(10);
    expect(sent.filter((message) => message.includes('\0'))).toEqual([]);
  });

  it('sends of every type many that instances understand, and many that they do not', () => {
    const understood = send(80_000, 4).map(parseAnnouncement);
    for (const type of Object.keys(KNOWN)) {
      const ours = understood.filter((message) => message?.type === type);
      const about = ours.filter(
        (message) => !message || !('key' in message) || message.key === KEY,
      );
      expect([type, about.length > 500]).toEqual([type, true]);
    }
    expect(understood.filter((message) => message === undefined).length).toBeGreaterThan(5_000);
  });
});
