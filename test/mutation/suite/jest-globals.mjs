// What the tests import from `@jest/globals`, on top of Mocha. Jest would load every module again for each mutant.
// Mocha loads them once, so a mutant costs no more than the tests that cover it. `expect` is Jest's own.
import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { format } from 'node:util';

/**
 * A test that is idle for longer fails, in milliseconds: time is virtual in these tests, so it waits for something that
 * a mutant never does.
 */
const LONGEST_IDLE = 500;

const { jestExpect } = createRequire(import.meta.url)('@jest/expect');
/** Mocha defines its functions as globals before it loads a test file. @type {any} */
const mocha = globalThis;

/** @type {unknown[]} */
const rejections = [];
process.on('unhandledRejection', (reason) => rejections.push(reason));

/** @typedef {(...args: any[]) => unknown} Body */

export const expect = jestExpect;
export const describe = withEach((name, body) => mocha.describe(name, () => body()));
export const it = withEach((name, body) => mocha.it(name, () => run(body)));
export const beforeAll = (/** @type {Body} */ body) => mocha.before(() => body());
export const beforeEach = (/** @type {Body} */ body) => mocha.beforeEach(() => body());
export const afterEach = (/** @type {Body} */ body) => mocha.afterEach(() => body());
export const afterAll = (/** @type {Body} */ body) => mocha.after(() => body());

/** Fails also where a promise was rejected that nobody handles. @param {Body} body */
async function run(body) {
  rejections.length = 0;
  const watch = failWhenIdle();
  try {
    await Promise.race([body(), watch.idle]);
  } finally {
    watch.stop();
    await setImmediate(); // Here Node looks at rejections that nobody handled.
  }
  if (rejections.length > 0) throw rejections[0];
}

/** @returns {{ idle: Promise<never>; stop(): void }} */
function failWhenIdle() {
  const idleBefore = performance.eventLoopUtilization().idle;
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  /** @type {Promise<never>} */
  const idle = new Promise((_, reject) => {
    timer = setInterval(() => {
      if (performance.eventLoopUtilization().idle - idleBefore > LONGEST_IDLE)
        reject(new Error('The test waits for something that does not happen'));
    }, LONGEST_IDLE / 5);
  });
  return { idle, stop: () => clearInterval(timer) };
}

/** @param {(name: string, body: Body) => void} define */
function withEach(define) {
  const each =
    (/** @type {any[]} */ table) => (/** @type {string} */ name, /** @type {Body} */ body) => {
      const rows = table.every(Array.isArray) ? table : table.map((row) => [row]);
      for (const row of rows) define(titleOf(name, row), () => body(...row));
    };
  return Object.assign(
    (/** @type {string} */ name, /** @type {Body} */ body) => define(name, body),
    {
      each,
    },
  );
}

/** @param {string} name @param {any[]} row */
function titleOf(name, row) {
  const template = name
    .replace(/\$(\w+)/g, (_, property) => String(row[0][property]))
    .replaceAll('%p', '%o');
  const count = template.match(/%[a-z]/g)?.length ?? 0;
  return format(template, ...row.slice(0, count));
}
