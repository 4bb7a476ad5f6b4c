/**
 * A part of the benchmarks: measured on its own, and presented from what was measured, so that a report can be made again
 * without measuring again.
 *
 * @template Data what was measured, as JSON can hold it
 * @typedef {object} Part
 * @property {string} name
 * @property {string} title
 * @property {Record<string, number>} options its options and their defaults, numbers above 0
 * @property {(options: any, progress: import('../progress.mjs').Progress, keep: (data: Data) => Promise<void>) => Promise<Data>} measure
 *   `keep` stores what was measured so far: a report can be made of it meanwhile
 * @property {(data: Data) => Presentation} present
 * @property {(data: Data, where: string) => Promise<void>} [write] pages of its own
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
