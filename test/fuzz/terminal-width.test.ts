import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkAll } from '../../lib/cli/check.js';
import type { Item } from '../../lib/cli/check-items.js';
import { CommandError } from '../../lib/cli/command-error.js';
import { fleetTable } from '../../lib/cli/fleet-table.js';
import type { Fleet, Member, MemberRole } from '../../lib/cli/fleet.js';
import { printable, type Screen } from '../../lib/cli/screen.js';

/** A terminal without colours that keeps what is printed. */
function screenOf(width?: number): Screen & { readonly lines: string[] } {
  const lines: string[] = [];
  const line = (text: string) => {
    lines.push(...text.split('\n'));
  };
  return { width, lines, line, draw: line, style: (_style, text) => text };
}

/** In terminal columns, for strings of `character`. */
function widthOf(line: string): number {
  return [...line].reduce(
    (sum, one) => sum + (one === '\u0301' ? 0 : /[界😀]/u.test(one) ? 2 : 1),
    0,
  );
}

const withoutSpace = (text: string) => text.replace(/\s/g, '');

const character = fc.oneof(
  { arbitrary: fc.constantFrom(...'abcdefXYZ0189-_.'), weight: 9 },
  fc.constantFrom(' ', '界', '😀', 'e\u0301', '\u001b', '\u200d', '\n', '…'),
);
/** Any length is as likely as another: without "max", long strings are rare. */
const stringOf = (minLength: number, maxLength: number) =>
  fc.string({ unit: character, minLength, maxLength, size: 'max' });
const nameOf = (maxLength: number) => stringOf(1, maxLength);
const name = fc.oneof(nameOf(10), nameOf(40), nameOf(200));
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const width = fc.integer({ min: 60, max: 200 });
const pid = fc.integer({ min: 1, max: 4_194_304 });
const at = new Date('2026-11-24T16:08:17.085Z');
const date = fc.integer({ min: -1_000, max: 1e11 }).map((age) => new Date(at.getTime() - age));
const term = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });

/** No other generated text contains "http". */
const address = fc
  .tuple(fc.constantFrom('10.0.0.12', 'web-1.internal', '[2001:db8::1]'), nameOf(60))
  .map(([host, path]) => `http://${host}:3000/${path}/`);

const member: fc.Arbitrary<Member> = fc
  .record({
    role: fc.constantFrom<MemberRole>('leader', 'holder', 'heir', 'standby', 'reserve', 'observer'),
    pid,
    instanceId: maybe(name),
    version: nameOf(12),
    address: maybe(address),
    answers: fc.boolean(),
    term: maybe(term),
    since: maybe(date),
    lastSeen: maybe(date),
  })
  .map(({ answers, version, address: url, ...rest }) => ({
    ...rest,
    answer: answers
      ? {
          ...{ instanceId: rest.instanceId ?? 'x', version, startedAt: at, elections: [] },
          ...(url !== undefined && { address: url }),
        }
      : undefined,
  }));

const election = fc.record({
  key: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  name: maybe(name),
  members: fc.array(member, { maxLength: 10 }),
});
const partition = fc
  .record({ set: nameOf(80), count: fc.integer({ min: 4, max: 12 }), members: fc.array(member) })
  .map(({ set, count, members }) =>
    Array.from({ length: count }, (_, n) => ({ key: BigInt(n), name: `${set}-${n}`, members })),
  );

const fleet: fc.Arbitrary<Fleet> = fc
  .record({
    single: fc.array(election, { maxLength: 5 }),
    sets: fc.array(partition, { maxLength: 2 }),
    places: fc.array(
      fc.record({
        elections: fc.array(name, { maxLength: 3 }),
        maxCandidates: maybe(fc.integer({ min: 1, max: 1_000 })),
        taken: fc.array(fc.record({ place: pid, pid, instanceId: maybe(name) })),
      }),
      { maxLength: 3 },
    ),
    unanswered: fc.array(
      fc.record({
        pid,
        applicationName: maybe(name.map((text) => `nestjs-leader-election ${text}`)),
        silence: maybe(fc.integer({ min: 0, max: 1e10 })),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ single, sets, ...rest }) => ({ at, elections: [...single, ...sets.flat()], ...rest }));

const addressesIn = ({ elections }: Fleet, roles?: readonly MemberRole[]) =>
  elections
    .flatMap(({ members }) => members)
    .filter(({ role }) => roles?.includes(role) ?? true)
    .flatMap(({ answer }) => answer?.address ?? [])
    .map(printable);

describe('the output of status', () => {
  it('is never wider than the terminal, and an address is whole or absent', () => {
    fc.assert(
      fc.property(fleet, width, (seen, columns) => {
        const addresses = addressesIn(seen);
        for (const line of fleetTable(seen, screenOf(columns)).split('\n')) {
          expect(widthOf(line)).toBeLessThanOrEqual(columns);
          if (line.includes('http'))
            expect(addresses.some((whole) => line.endsWith(`  ${whole}`))).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('has every address of a leader where the width is unlimited', () => {
    fc.assert(
      fc.property(fleet, (seen) => {
        const text = fleetTable({ ...seen, elections: seen.elections.slice(0, 3) }, screenOf());
        const shown = addressesIn({ ...seen, elections: seen.elections.slice(0, 3) }, ['leader']);
        for (const whole of shown) expect(text).toContain(`  ${whole}`);
      }),
      { numRuns: 50 },
    );
  });

  it('gives an address precedence over the version, and shows the version again if it fits', () => {
    const instance = (role: MemberRole, number: number): Member => {
      const instanceId = `web-${number}`;
      const leads = role === 'leader' && { term: 84_217n, since: new Date(at.getTime() - 22_000) };
      return {
        ...{ role, pid: number, instanceId, lastSeen: at, term: undefined, since: undefined },
        ...leads,
        answer: {
          ...{ instanceId, version: '1.12.3', startedAt: at, elections: [] },
          address: `http://10.0.0.1${number}:3000`,
        },
      };
    };
    const members = [instance('leader', 1), instance('heir', 2), instance('standby', 3)];
    const seen: Fleet = {
      ...{ at, places: [], unanswered: [] },
      elections: [{ key: 1n, name: 'default', members }],
    };
    const heading = (columns: number) => fleetTable(seen, screenOf(columns)).split('\n')[0];
    const words = (columns: number) => heading(columns)?.split(/ +/);
    const least = ['ELECTION', 'ROLE', 'INSTANCE', 'TERM', 'ELECTED'];
    expect(words(120)).toEqual([...least, 'SEEN', 'VERSION', 'ADDRESS']);
    expect(words(80)).toEqual([...least, 'SEEN', 'ADDRESS']);
    expect(words(70)).toEqual([...least, 'ADDRESS']);
    expect(words(60)).toEqual([...least, 'SEEN']);
    expect(fleetTable(seen, screenOf(80))).toContain('http://10.0.0.11:3000');
  });
});

describe('the output of check', () => {
  const names = ['reachable', 'login', 'path', 'primary', 'announcements', 'termination', 'key'];
  const result = stringOf(0, 300).map(printable);

  it('is never wider than the terminal, and says all of every result', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(result, { minLength: names.length, maxLength: names.length }),
        maybe(fc.nat({ max: names.length - 1 })),
        width,
        async (results, failing, columns) => {
          const screen = screenOf(columns);
          const items = names.map((one, index): Item<undefined> => ({
            name: one,
            check: async () => {
              if (index === failing) throw new CommandError(results[index]);
              return results[index] ?? '';
            },
          }));
          const checked = checkAll(items, undefined, screen);
          if (failing === undefined) await checked;
          else await expect(checked).rejects.toThrow(`"${names[failing]}" failed`);

          for (const line of screen.lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
          const printed = withoutSpace(screen.lines.join(''));
          for (const text of results.slice(0, (failing ?? names.length) + 1))
            expect(printed).toContain(withoutSpace(text));
        },
      ),
      { numRuns: 300 },
    );
  });
});
