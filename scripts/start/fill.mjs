import { stripVTControlCharacters } from 'node:util';

/**
 * Puts words, which may be coloured, into as few lines of at most `width` columns as they need.
 *
 * @param {readonly string[]} words
 * @param {number} width
 * @param {string} [space] between two words
 */
export function fill(words, width, space = ' ') {
  /** @type {string[]} */
  const lines = [];
  for (const word of words) {
    const last = lines.at(-1);
    const longer = `${last}${space}${word}`;
    if (last !== undefined && columns(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** @param {string} text */
function columns(text) {
  return stripVTControlCharacters(text).length;
}
