// For the processes that are measured.

import { monotonicNow } from '../../tooling/clock.mjs';

/** @type {any} what the process was started with */
export const options = JSON.parse(process.argv[2] ?? '{}');

/** @param {string} what @param {unknown} [detail] */
export function report(what, detail) {
  process.send?.({ what, at: monotonicNow(), detail });
}

/** Answers questions with reports of the same name. @param {Record<string, () => unknown>} answers */
export function answer(answers) {
  process.on('message', (/** @type {string} */ what) => {
    void Promise.resolve(answers[what]?.()).then((detail) => report(what, detail));
  });
}

process.on('disconnect', () => process.exit());
