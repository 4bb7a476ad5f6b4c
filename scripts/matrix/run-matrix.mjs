import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import colours from 'picocolors';
import { nodeProgram, oldestNode } from '../../tooling/npm-packages/node-program.mjs';
import { axes, nameOf } from './axes.mjs';
import { nestInstallation } from './nest-installation.mjs';
import { readOptions } from './options.mjs';
import { fullPlan, plan } from './plan.mjs';
import { copyProject } from './project-copy.mjs';
import { Progress, printReport, summaryOf } from './report.mjs';
import { runCell } from './run-cell.mjs';
import { root } from '../../tooling/project-root.mjs';

/** @typedef {import('./axes.mjs').Cell} Cell */
/** @typedef {import('./report.mjs').Outcome} Outcome */

const LOGS = join('reports', 'matrix');

process.exitCode = await main(process.argv.slice(2));

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
async function main(args) {
  let options;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    console.error('Run npm run test:matrix -- --help to see the options.');
    return 2;
  }
  if ('help' in options) {
    console.log(options.help);
    return 0;
  }
  const cells = options.full ? fullPlan(options.axes) : plan(options.axes);
  console.log(`The suite runs ${cells.length === 1 ? 'once' : `${cells.length} times`}:`);
  for (const cell of cells) console.log(`  ${nameOf(cell)}`);
  if (options.list) return 0;
  return runAll(cells, options.jest);
}

/**
 * @param {Cell[]} cells
 * @param {string[]} jest
 */
async function runAll(cells, jest) {
  const broken = new AbortController();
  const breakOff = () => broken.abort();
  process.on('SIGINT', breakOff).on('SIGTERM', breakOff).on('SIGHUP', breakOff);

  const directory = await mkdtemp(join(tmpdir(), 'matrix-'));
  /** @type {Outcome[]} */
  const outcomes = [];
  try {
    const installed = await prepare(cells, directory, broken.signal);
    for (const [index, ready] of installed.entries()) {
      const outcome = await run(ready, `[${index + 1}/${cells.length}]`, jest, broken.signal);
      if (broken.signal.aborted) break;
      outcomes.push(outcome);
    }
  } catch (error) {
    if (!broken.signal.aborted) throw error;
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
  printReport(cells, outcomes);
  if (broken.signal.aborted) return 130;
  return outcomes.every(({ result }) => result.isPassed) ? 0 : 1;
}

/**
 * @typedef {object} ReadyCell
 * @property {Cell} cell
 * @property {Cell} versions the exact ones, as far as they are known
 * @property {string} directory
 * @property {string} node the program
 */

/**
 * Installs what the cells need and copies the project for each, so that all of them test the same code.
 *
 * @param {Cell[]} cells
 * @param {string} directory
 * @param {AbortSignal} signal
 * @returns {Promise<ReadyCell[]>}
 */
async function prepare(cells, directory, signal) {
  const progress = new Progress();
  /** @type {ReadyCell[]} */
  const ready = [];
  progress.begin('Installing and copying');
  for (const [index, cell] of cells.entries()) {
    signal.throwIfAborted();
    progress.update(nameOf(cell));
    const installation = await nestInstallation(cell.nest, signal);
    const { node, version } = await nodeProgram(
      cell.node === axes.node[0] ? await oldestNode() : cell.node,
      signal,
    );
    const copy = join(directory, String(index));
    await copyProject(installation, copy);
    const versions = { ...cell, nest: await nestVersion(installation), node: version };
    ready.push({ cell, versions, directory: copy, node });
  }
  progress.end('done');
  return ready;
}

/** @param {string} installation */
async function nestVersion(installation) {
  const manifest = join(installation, 'node_modules', '@nestjs', 'core', 'package.json');
  return String(JSON.parse(await readFile(manifest, 'utf8')).version);
}

/**
 * @param {ReadyCell} ready
 * @param {string} place such as `[2/10]`
 * @param {string[]} jest
 * @param {AbortSignal} signal
 * @returns {Promise<Outcome>}
 */
async function run({ cell, versions, directory, node }, place, jest, signal) {
  const { nest, postgres } = cell;
  const log = join(LOGS, `nest-${nest}-node-${cell.node}-postgres-${postgres}.log`);
  const progress = new Progress();
  progress.begin(`${place} ${nameOf(cell)}`);
  const result = await runCell(
    { directory, node, postgres, jest, log: join(root, log) },
    (files) => progress.update(`${files} test files done`),
    signal,
  );
  progress.end(signal.aborted ? colours.yellow('cancelled') : summaryOf(result));
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  const server = result.postgres ?? postgres;
  return {
    cell,
    versions: { ...versions, postgres: server },
    result,
    seconds: progress.seconds,
    log,
  };
}
