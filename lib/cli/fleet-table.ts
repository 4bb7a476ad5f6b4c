import { INSTANCE_DETAILS } from '../core/model/instance-report.js';
import { instanceOf } from '../core/postgres/application-name.js';
import type { ElectionView, Fleet, Member, MemberRole, PlacesView } from './fleet.js';
import { tableOf, wrapped } from './layout.js';
import { withPartitionsJoined, type PartitionsView } from './partitions-view.js';
import { printable, type Screen } from './screen.js';

/** How many standbys of an election, observers of an election, and instances with a place are listed by name. */
const NAMED = 5;

interface Row {
  readonly cells: Readonly<Record<Column, string>>;
  readonly role: MemberRole | undefined;
}

const COLUMNS = [
  'election',
  'role',
  'instance',
  'term',
  'elected',
  'seen',
  'version',
  ...INSTANCE_DETAILS,
] as const;
type Column = (typeof COLUMNS)[number];

/** What `status` shows: a row for each instance of each election or partition set, then places and silent instances. */
export function fleetTable(fleet: Fleet, screen: Screen): string {
  const rows = withPartitionsJoined(fleet.elections).flatMap((view) =>
    'set' in view ? partitionsRows(view, fleet.at) : electionRows(view, fleet.at),
  );
  const elections = rows.length > 0 ? table(rows, screen) : 'No elections found in this database.';
  const places = fleet.places.map((view) => placesLine(view, fleet.places.length));
  const notes = [...places, ...silentLines(fleet)].map((line) => wrapped(line, screen.width, 2));
  return [elections, ...notes].join('\n');
}

function electionRows(election: ElectionView, at: Date): Row[] {
  const { members } = election;
  const rows = memberRows(members, (member) => memberRow(member, at));
  if (!members.some(({ role }) => role === 'leader' || role === 'holder'))
    rows.unshift(row('leader', { role: 'leader', instance: 'nobody' }));
  return titled(election.name ?? `key ${election.key}`, rows);
}

/** Terms belong to single partitions; `--json` lists them. */
function partitionsRows({ set, members, withoutLeader }: PartitionsView, at: Date): Row[] {
  const rows = memberRows(members, (member) => {
    const { role, count } = member;
    const leads = role === 'leader' || role === 'holder';
    const { cells } = memberRow(member, at);
    return row(role, {
      ...cells,
      role: leads ? `${role} of ${count}` : role,
      term: '',
      elected: '',
    });
  });
  if (withoutLeader > 0)
    rows.unshift(row('leader', { role: `leader of ${withoutLeader}`, instance: 'nobody' }));
  return titled(`${set.name}-0…${set.count - 1}`, rows);
}

/** All leaders, and some of the others. */
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
    date ? `${duration(at.getTime() - date.getTime())} ago` : '?';
  return row(role, {
    role,
    instance: instanceId === undefined ? `process ${pid}` : printable(instanceId),
    // Only a leader has a term.
    ...(role === 'leader' && {
      term: term === undefined ? '?' : String(term),
      elected: ago(since),
    }),
    seen: ago(lastSeen),
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
  return tableOf(
    lines.map(({ cells }) => cells),
    {
      all: COLUMNS.filter((column) => rows.some(({ cells }) => cells[column] !== '')),
      names: ['election', 'instance'],
      optional: ['term', 'elected', ...INSTANCE_DETAILS],
      spare: ['seen', 'version'],
    },
    screen.width,
    (text, column, index) => styled(screen, column, text, lines[index]?.role),
  );
}

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

/** @param fleets how many there are; if there are several, the line names the elections */
function placesLine({ elections, maxCandidates, taken }: PlacesView, fleets: number): string {
  const whose =
    fleets > 1 ? ` for ${elections.map(printable).join(', ') || 'unknown elections'}` : '';
  const names = taken.map(({ instanceId, pid }) =>
    instanceId === undefined ? `process ${pid}` : printable(instanceId),
  );
  const named = names.length > NAMED + 1 ? names.slice(0, NAMED) : names;
  const more = named.length < names.length ? [`and ${names.length - named.length} more`] : [];
  return `Places${whose}: ${taken.length} of ${maxCandidates ?? '?'} taken, by ${[...named, ...more].join(', ')}.`;
}

function silentLines({ unanswered }: Fleet): string[] {
  return unanswered.map(({ pid, applicationName, silence }) => {
    const name = printable(instanceOf(applicationName) ?? '');
    const silent = silence === undefined ? '' : `, silent for ${duration(silence)}`;
    return `No answer from ${name} (server process ${pid}${silent}).`;
  });
}

/** Rounded, in the largest suitable unit. */
function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${seconds.toFixed(0)} s`;
  const minutes = seconds / 60;
  if (minutes < 99.5) return `${minutes.toFixed(0)} min`;
  const hours = minutes / 60;
  return hours < 47.5 ? `${hours.toFixed(0)} h` : `${(hours / 24).toFixed(0)} days`;
}
