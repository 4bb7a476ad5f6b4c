/**
 * A part of the benchmarks. It presents stored data, so that a report can be made without measuring again.
 *
 * @template Data the results, as JSON can hold them
 * @typedef {object} Part
 * @property {string} name
 * @property {string} title
 * @property {Record<string, number>} options its options and their defaults, numbers above 0
 * @property {(options: any, progress: import('../progress.mjs').Progress, keep: (data: Data) => Promise<void>) => Promise<Data>} measure
 *   `keep` stores the results so far, so that a report can be made meanwhile
 * @property {(data: Data) => Presentation} present
 * @property {(data: Data, where: string) => Promise<void>} [write] writes results into other pages
 */

/**
 * @typedef {object} Presentation
 * @property {string[]} text paragraphs
 * @property {Table[]} tables
 * @property {import('../report/chart-to-svg.mjs').Chart[]} charts
 * @property {import('../report/target.mjs').Target[]} targets
 */

/** @typedef {{ head: string[], rows: string[][] }} Table */

/**
 * @typedef {object} Measurement
 * @property {string} part
 * @property {string} at when it was measured
 * @property {string} command that repeats it
 * @property {ReturnType<typeof import('../report/machine.mjs').machine>} machine
 * @property {any} data
 */

export {};
