import { clearScreenDown, cursorTo } from 'node:readline';
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Whether it is a terminal that knows colours has been looked at. */
const UNCHECKED = { validateStream: false };

/** Where a command writes: a terminal, or a file or a pipe. */
export interface Screen {
  /** How wide it is; undefined where lines may be of any length. */
  readonly width: number | undefined;
  line(text: string): void;
  /** In place of what was drawn before, where that is possible; below it, where not. */
  draw(text: string): void;
  style(style: Style, text: string): string;
}

/** The standard output. Coloured where that is a terminal that knows colours (NO_COLOR and FORCE_COLOR are respected). */
export function screenOf(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Screen {
  const coloured = stream.isTTY && stream.hasColors();
  // A terminal that has not been told its size says 0.
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

/** Anybody who can connect to the database chooses names; none of them may move the cursor. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
