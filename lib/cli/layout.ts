import Table from 'cli-table3';

/** Between two columns of a table. */
const GAP = '  ';
/** Names are cut to this width before a more important column is left out. All widths are in terminal columns. */
const SHORTEST_NAME = 12;
/** Text is not broken into lines narrower than this, even if they don't fit the terminal. */
const SHORTEST_LINE = 20;

/** The columns of a table, and what to do if they don't fit the terminal. */
export interface Columns<Column extends string> {
  /** The columns that have content, from left to right. */
  readonly all: readonly Column[];
  /** The columns with names, which may be cut. All others are shown in full or left out. */
  readonly names: readonly Column[];
  /** Shown if they fit, even if names have to be cut; the most important first. */
  readonly optional: readonly Column[];
  /** Shown from the first to the last that fits beside uncut names; the most important first. */
  readonly spare: readonly Column[];
}

type Cells<Column extends string> = Readonly<Record<Column, string>>;

/** Draws a table that is at most `width` wide. */
export function tableOf<Column extends string>(
  rows: readonly Cells<Column>[],
  columns: Columns<Column>,
  width: number | undefined,
  styled: (text: string, column: Column, row: number) => string,
): string {
  const shown = fit(rows, columns, width ?? Infinity);
  const table = tableWith(shown.map(([, widest]) => widest));
  for (const [index, cells] of rows.entries()) {
    table.push(
      shown.map(([column, widest]) => styled(shortened(cells[column], widest), column, index)),
    );
  }
  return table.toString().replace(/ +$/gm, '');
}

/** Between words, but not between a number and its unit. */
const BREAK = / (?!(?:ms|s|min|h|days)\b)/;

/** Breaks text between words, so that no line is wider than `width`; all lines but the first are indented. */
export function wrapped(text: string, width = Infinity, indent = 0): string {
  const longest = Math.max(width - indent, SHORTEST_LINE);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(BREAK).flatMap((one) => piecesOf(one, longest))) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (widthOf(longer) > longest && line !== '') {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}

/** The columns that fit, from left to right, with their widths. */
function fit<Column extends string>(
  rows: readonly Cells<Column>[],
  { all, names, optional, spare }: Columns<Column>,
  width: number,
): [Column, number][] {
  const natural = all.map((column): [Column, number] => [
    column,
    Math.max(...rows.map((cells) => widthOf(cells[column]))),
  ]);
  let shown = natural.filter(([column]) => ![...optional, ...spare].includes(column));
  const withNames = (columns: typeof shown, longest: number) =>
    columns.map(([column, widest]): [Column, number] => [
      column,
      names.includes(column) ? Math.min(widest, longest) : widest,
    ]);
  const fits = (columns: typeof shown) =>
    columns.reduce((sum, [, widest]) => sum + GAP.length + widest, -GAP.length) <= width;
  for (const column of [...optional, ...spare]) {
    const more = natural.filter((one) => one[0] === column || shown.includes(one));
    if (fits(withNames(more, spare.includes(column) ? Infinity : SHORTEST_NAME))) shown = more;
    else if (spare.includes(column)) break;
  }
  let longest = Math.max(...shown.map(([, widest]) => widest));
  while (longest > 1 && !fits(withNames(shown, longest))) longest -= 1;
  return withNames(shown, longest);
}

/** Cuts a name in the middle: names in a fleet often differ only at the end. */
function shortened(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const characters = charactersOf(text);
  const start = startOf(characters, Math.ceil((width - 1) / 2));
  const end = startOf(characters.reverse(), Math.floor((width - 1) / 2)).reverse();
  return [...start, '…', ...end].join('');
}

/** A word in pieces that fit a line. */
function piecesOf(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const characters = charactersOf(word);
  const piece = startOf(characters, width);
  return [piece.join(''), ...piecesOf(characters.slice(piece.length).join(''), width)];
}

/** As many characters as fit. */
function startOf(characters: readonly string[], width: number): string[] {
  let left = width;
  const end = characters.findIndex((character) => (left -= widthOf(character)) < 0);
  return end === -1 ? [...characters] : characters.slice(0, end);
}

const segmenter = new Intl.Segmenter();

/** As users perceive them: an emoji or a letter with an accent is one. */
function charactersOf(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

const widths = new Map<string, number>();

/** In terminal columns. */
function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  return charactersOf(text).reduce((sum, character) => {
    const width = widths.get(character) ?? measured(character);
    widths.set(character, width);
    return sum + width;
  }, 0);
}

/** The library does not export how it measures, but it fills an empty cell below with spaces. */
function measured(character: string): number {
  const table = tableWith([]);
  table.push([character], ['']);
  return table.toString().split('\n')[1]?.length ?? 1;
}

function tableWith(colWidths: number[]) {
  const table = new Table({
    colWidths,
    style: { border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  const { chars } = table.options;
  for (const part of Object.keys(chars) as (keyof typeof chars)[]) chars[part] = '';
  chars.middle = GAP;
  return table;
}
