import Table from 'cli-table3';
import { INSTANCE_DETAILS } from '../core/model/instance-report.js';
import { instanceOf } from '../core/postgres/application-name.js';
import type { ElectionView, Fleet, Member, MemberRole, PlacesView } from './fleet.js';
import { withPartitionsJoined, type PartitionsView } from './partitions-view.js';
import { printable, type Screen } from './screen.js';

/** Of standbys and observers, and of those that have places, so many are named for each election. */
const NAMED = 5;
/** What a column is not made narrower than, in characters; and what lies between two. */
const NARROWEST = 8;
const GAP = '  ';

interface Row {
  readonly cells: Readonly<Record<Column, string>>;
  readonly role: MemberRole | undefined;
}

const COLUMNS = [
  'election',
  'role',
  'instance',
  'term',
  'since',
  'seen',
  'version',
  ...INSTANCE_DETAILS,
] as const;
type Column = (typeof COLUMNS)[number];
/** The columns that may be cut, and those that are left out of a narrow terminal, the last first. */
const ELASTIC: readonly Column[] = ['election', 'instance', ...INSTANCE_DETAILS];
const DISPENSABLE: readonly Column[] = ['version', ...INSTANCE_DETAILS];

/** What `status` shows: a line for each instance of each election or set of partitions, and those that did not answer. */
export function fleetTable(fleet: Fleet, screen: Screen): string {
  if (fleet.elections.length === 0 && fleet.unanswered.length === 0)
    return 'No election in this database: nobody takes part in one.';
  const rows = withPartitionsJoined(fleet.elections).flatMap((view) =>
    'set' in view ? partitionsRows(view, fleet.at) : electionRows(view, fleet.at),
  );
  const places = fleet.places.map((view) => placesLine(view, fleet.places.length));
  return [table(rows, screen), ...places, ...silentLines(fleet)].join('\n');
}

function electionRows(election: ElectionView, at: Date): Row[] {
  const { members } = election;
  const rows = memberRows(members, (member) => memberRow(member, at));
  if (!members.some(({ role }) => role === 'leader' || role === 'holder'))
    rows.unshift(row('leader', { role: 'leader', instance: 'nobody' }));
  return titled(election.name ?? `key ${election.key}`, rows);
}

/** Terms and their beginnings are those of single partitions: `--json` has them. */
function partitionsRows({ set, members, withoutLeader }: PartitionsView, at: Date): Row[] {
  const rows = memberRows(members, (member) => {
    const { role, count } = member;
    const leads = role === 'leader' || role === 'holder';
    const { cells } = memberRow(member, at);
    return row(role, {
      ...cells,
      role: leads ? `${role} of ${count}` : role,
      term: '',
      since: '',
    });
  });
  if (withoutLeader > 0)
    rows.unshift(row('leader', { role: `leader of ${withoutLeader}`, instance: 'nobody' }));
  return titled(`${set.name}-0…${set.count - 1}`, rows);
}

/** All who lead, and some of the others. */
function memberRows<T extends Member>(members: readonly T[], toRow: (member: T) => Row): Row[] {
  return (['leader', 'holder', 'heir', 'standby', 'reserve', 'observer'] as const).flatMap(
    (role) => {
      const all = members.filter((member) => member.role === role);
      const isCut = role !== 'leader' && all.length > NAMED + 1;
      const named = isCut ? all.slice(0, NAMED) : all;
      const more = row(role, { role, instance: `and ${all.length - named.length} more` });
      return [...named.map(toRow), ...(isCut ? [more] : [])];
    },
  );
}

function titled(title: string, rows: readonly Row[]): Row[] {
  return rows.map((one, index) =>
    index === 0 ? { ...one, cells: { ...one.cells, election: printable(title) } } : one,
  );
}

function memberRow(
  { role, pid, instanceId, answer, term, since, lastSeen }: Member,
  at: Date,
): Row {
  const ago = (date: Date | undefined) =>
    date ? duration(at.getTime() - date.getTime()) : undefined;
  const seen = ago(lastSeen);
  return row(role, {
    role,
    instance: instanceId === undefined ? `process ${pid}` : printable(instanceId),
    term: term === undefined ? '?' : String(term),
    since: ago(since) ?? '?',
    // Who does not lead has no term.
    ...(role !== 'leader' && { term: '', since: '' }),
    seen: seen === undefined ? '?' : `${seen} ago`,
    version: answer ? printable(answer.version) : 'no answer',
    ...Object.fromEntries(INSTANCE_DETAILS.map((name) => [name, printable(answer?.[name] ?? '')])),
  });
}

function row(role: MemberRole, cells: Partial<Record<Column, string>>): Row {
  const empty = Object.fromEntries(COLUMNS.map((column) => [column, ''])) as Row['cells'];
  return { role, cells: { ...empty, ...cells } };
}

function table(rows: readonly Row[], screen: Screen): string {
  const head = Object.fromEntries(COLUMNS.map((column) => [column, column.toUpperCase()]));
  const lines = [{ cells: head as Row['cells'], role: undefined }, ...rows];
  const natural = new Map(
    COLUMNS.map((column) => [column, Math.max(...lines.map(({ cells }) => cells[column].length))]),
  );
  const isGiven = (column: Column) => rows.some(({ cells }) => cells[column] !== '');
  const isDetail = (column: Column) => INSTANCE_DETAILS.some((name) => name === column);
  const columns = COLUMNS.filter((column) => !isDetail(column) || isGiven(column));
  const widths = fit(columns, natural, screen.width);
  const shown = columns.filter((column) => widths.has(column));
  const drawn = new Table({
    // Where nothing has to fit, the library measures better: it knows how wide characters are.
    colWidths: screen.width === undefined ? [] : shown.map((column) => widths.get(column) ?? null),
    chars: { ...BORDERLESS, middle: GAP },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const { cells, role } of lines)
    drawn.push(shown.map((column) => styled(screen, column, cells[column], role)));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** How wide the columns are that have a place. */
function fit(
  columns: readonly Column[],
  natural: ReadonlyMap<Column, number>,
  width = Infinity,
): ReadonlyMap<Column, number> {
  const widths = new Map(columns.map((column) => [column, natural.get(column) ?? 0]));
  const excess = () =>
    [...widths.values()].reduce((sum, one) => sum + one + GAP.length, -GAP.length) - width;
  const shrink = () => {
    while (excess() > 0) {
      const [widest] = ELASTIC.filter((column) => widths.has(column)).sort(
        (one, other) => (widths.get(other) ?? 0) - (widths.get(one) ?? 0),
      );
      const current = widest === undefined ? 0 : (widths.get(widest) ?? 0);
      if (widest === undefined || current <= NARROWEST) return false;
      widths.set(widest, current - 1);
    }
    return true;
  };
  const given = new Map(widths);
  for (const column of [...DISPENSABLE.slice().reverse(), undefined]) {
    if (shrink() || column === undefined) break;
    given.delete(column);
    widths.clear();
    for (const [kept, natural] of given) widths.set(kept, natural);
  }
  return widths;
}

const BORDERLESS = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left'],
    ...['bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((part) => [part, '']),
);

function styled(
  screen: Screen,
  column: Column,
  text: string,
  role: MemberRole | undefined,
): string {
  if (text === '') return text;
  if (role === undefined) return screen.style('dim', text);
  if (column === 'election') return screen.style('bold', text);
  if (column !== 'role' && column !== 'instance') return text;
  if (text === 'nobody') return screen.style('red', text);
  if (role === 'leader') return screen.style('green', text);
  if (role === 'holder') return screen.style('yellow', text);
  return role === 'heir' ? screen.style('cyan', text) : text;
}

/** @param fleets whose elections have to be named where there are several */
function placesLine({ elections, maxCandidates, taken }: PlacesView, fleets: number): string {
  const of = fleets > 1 ? ` of ${elections.map(printable).join(', ') || 'unknown elections'}` : '';
  const names = taken.map(({ instanceId, pid }) =>
    instanceId === undefined ? `process ${pid}` : printable(instanceId),
  );
  const named = names.length > NAMED + 1 ? names.slice(0, NAMED) : names;
  const more = named.length < names.length ? [`and ${names.length - named.length} more`] : [];
  return `Places${of}: ${taken.length} of ${maxCandidates ?? '?'} are taken, by ${[...named, ...more].join(', ')}.`;
}

function silentLines({ unanswered }: Fleet): string[] {
  return unanswered.map(({ pid, applicationName, silence }) => {
    const name = printable(instanceOf(applicationName) ?? '');
    const since = silence === undefined ? '' : `, silent for ${duration(silence)}`;
    return `No answer from ${name} (process ${pid} of the server${since}).`;
  });
}

/** In the unit that says most. */
function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${seconds.toFixed(0)} s`;
  const minutes = seconds / 60;
  if (minutes < 99.5) return `${minutes.toFixed(0)} min`;
  const hours = minutes / 60;
  return hours < 47.5 ? `${hours.toFixed(0)} h` : `${(hours / 24).toFixed(0)} days`;
}
