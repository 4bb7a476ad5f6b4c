import { clearScreenDown, cursorTo } from 'node:readline';
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** `screenOf` has already checked whether the terminal supports colours. */
const UNCHECKED = { validateStream: false };

/** Where a command prints: a terminal, a file or a pipe. */
export interface Screen {
  /** In columns; undefined if lines may have any length. */
  readonly width: number | undefined;
  line(text: string): void;
  /** In a terminal, replaces what is on the screen. */
  draw(text: string): void;
  style(style: Style, text: string): string;
}

/** Standard output, with colours in a terminal that supports them (respects NO_COLOR and FORCE_COLOR). */
export function screenOf(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Screen {
  const coloured = stream.isTTY && stream.hasColors();
  // A terminal of unknown size reports 0.
  const given = stream.isTTY ? stream.columns : Number(environment['COLUMNS']);
  return {
    width: given > 0 ? given : undefined,
    line: (text) => {
      stream.write(`${text}\n`);
    },
    draw: (text) => {
      if (stream.isTTY) {
        cursorTo(stream, 0, 0);
        clearScreenDown(stream);
      }
      stream.write(`${text}\n`);
    },
    style: (style, text) => (coloured ? styleText(style, text, UNCHECKED) : text),
  };
}

/** Names come from anyone who can connect to the database; they must not move the cursor. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
