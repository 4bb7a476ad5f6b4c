// The same application as a newcomer would make it with Nest 11, as CommonJS, and with Nest 12, as ES modules.
import { nest, usualDependencies } from '../application.mjs';

/**
 * @param {string} name
 * @param {'commonjs' | 'module'} type
 * @param {Readonly<Record<string, string>>} versions
 * @returns {import('../application.mjs').Application}
 */
const cronApplication = (name, type, versions) => ({
  name,
  async run(workspace) {
    workspace.copy(new URL('./app', import.meta.url), 'src');
    await workspace.install({ type, dependencies: { ...usualDependencies, ...versions } });
    await workspace.compile();
    await workspace.runNode('dist/main.js');
  },
});

/** @type {import('../application.mjs').Application[]} */
export default [
  cronApplication('cron-nest-11-commonjs', 'commonjs', nest[11]),
  cronApplication('cron-nest-12-esm', 'module', nest[12]),
];
