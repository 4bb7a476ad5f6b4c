import colours from 'picocolors';
import { monotonicNow } from '../../tooling/clock.mjs';
import { fill } from './fill.mjs';

/** @typedef {import('../../sample/02-cluster/src/state/story.js').Line} Line */
/** @typedef {import('../../sample/02-cluster/src/state/cluster.js').Cluster} Cluster */

const COLOURS = {
  /** @param {string} text */
  good: (text) => colours.green(colours.bold(text)),
  bad: colours.yellow,
  quiet: String,
};

/** Prints the story of a cluster, sentence by sentence. */
export class Narration {
  #print;
  /** @type {Line | undefined} */
  #last;

  /** @param {(text: string) => void} print */
  constructor(print) {
    this.#print = print;
  }

  /** Prints the newest sentence unless it has been printed. @param {Pick<Cluster, 'story'>} cluster */
  follow({ story }) {
    const line = story.at(-1);
    if (line && line !== this.#last) this.tell(line);
  }

  /** @param {Line} line */
  tell(line) {
    this.#last = line;
    const time = timeOfDay(new Date(Date.now() - (monotonicNow() - line.at)));
    const indent = ' '.repeat(time.length + 2);
    const width = (process.stdout.columns || Infinity) - indent.length;
    const lines = fill(line.text.split(' '), width).map(COLOURS[line.tone]);
    this.#print(`${colours.dim(time)}  ${lines.join(`\n${indent}`)}`);
  }
}

/** @param {Date} date */
function timeOfDay(date) {
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
