import { run } from '../../lib/cli/program.js';

/** A terminal of so many columns, which knows colours or not. */
export interface FakeTerminal {
  readonly columns: number;
  readonly colours?: boolean;
}

/** Runs a command in this process, which is faster than in one of its own; its output comes as a user would see it. */
export async function runHere(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  terminal?: FakeTerminal,
) {
  const written = { stdout: '', stderr: '' };
  const collect = (stream: keyof typeof written) => (text: string) => {
    written[stream] += text;
    return true;
  };
  const stdout = {
    write: collect('stdout'),
    isTTY: terminal !== undefined,
    columns: terminal?.columns,
    hasColors: () => terminal?.colours === true,
  };
  const code = await run(args, {
    env,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr: { write: collect('stderr') },
  });
  return { code, ...written };
}
