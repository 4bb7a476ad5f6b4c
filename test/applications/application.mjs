import { readFileSync } from 'node:fs';
import { root } from '../../tooling/project-root.mjs';

/**
 * An application as users make them, from the packed package and the sources beside its `application.mjs`.
 *
 * @typedef {object} Application
 * @property {string} name of no other application
 * @property {(workspace: import('./workspace.mjs').Workspace) => Promise<void>} run rejects where something is wrong
 */

const { devDependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));

/**
 * The versions of packages that the project itself tests with.
 *
 * @param {string[]} names
 * @returns {Record<string, string>}
 */
export function versionsOf(...names) {
  const unknown = names.filter((name) => !devDependencies[name]);
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: the project does not use them`);
  return Object.fromEntries(names.map((name) => [name, devDependencies[name]]));
}

/** What every application has beside Nest. */
export const usualDependencies = versionsOf('pg', 'rxjs', 'reflect-metadata', '@types/node');

/** Nest's packages that go with each of its versions. */
export const nest = {
  11: { '@nestjs/common': '^11.0.0', '@nestjs/core': '^11.0.0', '@nestjs/schedule': '^6.0.0' },
  12: { '@nestjs/common': '^12.0.0', '@nestjs/core': '^12.0.0', '@nestjs/schedule': '^12.0.0' },
};
