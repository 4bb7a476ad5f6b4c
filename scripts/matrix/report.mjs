import Table from 'cli-table3';
import { createLogUpdate } from 'log-update';
import colours from 'picocolors';
import { nameOf } from './axes.mjs';

/**
 * @typedef {object} Outcome
 * @property {import('./axes.mjs').Cell} cell
 * @property {import('./axes.mjs').Cell} versions the exact ones
 * @property {import('./run-cell.mjs').Result} result
 * @property {number} seconds
 * @property {string} log
 */

/** Shows the current step: on a terminal in one line that changes, elsewhere in a new line per step. */
export class Progress {
  #draw = process.stdout.isTTY ? createLogUpdate(process.stdout) : undefined;
  #startedAt = 0;
  #text = '';
  #detail = '';
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {string} text */
  begin(text) {
    this.#text = text;
    this.#detail = '';
    this.#startedAt = performance.now();
    if (!this.#draw) return console.log(`${text} …`);
    this.#timer = setInterval(() => this.#show(), 500).unref();
    this.#show();
  }

  /** @param {string} detail */
  update(detail) {
    this.#detail = detail;
    this.#show();
  }

  get seconds() {
    return Math.round((performance.now() - this.#startedAt) / 1_000);
  }

  /** @param {string} outcome */
  end(outcome) {
    clearInterval(this.#timer);
    this.#draw?.clear();
    console.log(`${this.#text}: ${outcome} (${this.seconds} s)`);
  }

  #show() {
    const detail = [this.#detail, `${this.seconds} s`].filter(Boolean).join(', ');
    this.#draw?.(`${this.#text} … ${colours.dim(detail)}`);
  }
}

/** @param {Outcome['result']} result */
export function summaryOf({ isPassed, passed, failed }) {
  if (isPassed) return colours.green(`passed, ${passed} tests`);
  const what = failed.length > 0 ? `${failed.length} failed, ${passed} passed` : 'did not finish';
  return colours.red(what);
}

/**
 * @param {import('./axes.mjs').Cell[]} plan
 * @param {Outcome[]} outcomes
 */
export function printReport(plan, outcomes) {
  const table = new Table({
    head: ['Nest', 'Node', 'PostgreSQL', 'seconds', 'outcome'],
    colAligns: ['left', 'left', 'left', 'right', 'left'],
    style: { head: [], border: [] },
  });
  for (const cell of plan) {
    const outcome = outcomes.find((other) => other.cell === cell);
    const { nest, node, postgres } = outcome?.versions ?? cell;
    const rest = outcome
      ? [String(outcome.seconds), summaryOf(outcome.result)]
      : ['', colours.yellow('not run')];
    table.push([nest, node, postgres, ...rest]);
  }
  console.log(`\n${table.toString()}`);
  for (const { cell, result, log } of outcomes.filter(({ result }) => !result.isPassed)) {
    console.log(`\n${colours.red(nameOf(cell))}; full output in ${log}`);
    for (const name of result.failed) console.log(`  ${name}`);
  }
}
