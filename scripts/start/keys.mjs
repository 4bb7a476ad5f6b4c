import { emitKeypressEvents } from 'node:readline';

/**
 * Reads single keys, without Enter.
 *
 * @param {(key: string) => void} take gets the character; `quit` for Ctrl-C and Ctrl-D
 * @returns {() => void} restores the terminal
 */
export function onKey(take) {
  const { stdin } = process;
  /** @param {string | undefined} text @param {{ name?: string, ctrl?: boolean }} key */
  const hear = (text, { name, ctrl }) => {
    if (ctrl) {
      if (name === 'c' || name === 'd') take('quit');
    } else if (text) take(text.toLowerCase());
  };
  // The terminal is gone.
  const gone = () => take('quit');
  emitKeypressEvents(stdin);
  stdin.setRawMode(true).resume().on('keypress', hear).on('end', gone).on('error', gone);
  return () => {
    stdin.off('keypress', hear).off('end', gone);
    try {
      stdin.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
    stdin.pause();
  };
}
