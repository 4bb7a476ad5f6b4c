// What an application does with requests, jobs, late modules, metrics and streams, each with what a standby or a demotion makes
// of it; and what the log says. With Nest 11, as CommonJS, and with Nest 12, as ES modules.
import { nest, usualDependencies, versionsOf } from '../application.mjs';

/**
 * @param {string} name
 * @param {'commonjs' | 'module'} type
 * @param {11 | 12} version of Nest
 * @returns {import('../application.mjs').Application}
 */
const wholeApplication = (name, type, version) => ({
  name,
  async run(workspace) {
    workspace.copy(new URL('./app', import.meta.url), 'src');
    const platform = `^${version}.0.0`;
    await workspace.install({
      type,
      dependencies: {
        ...usualDependencies,
        ...nest[version],
        ...versionsOf('@types/pg', 'prom-client', 'socket.io-client'),
        '@nestjs/microservices': platform,
        '@nestjs/platform-express': platform,
        '@nestjs/platform-fastify': platform,
        '@nestjs/platform-socket.io': platform,
        '@nestjs/websockets': platform,
      },
    });
    await workspace.compile();
    await workspace.runNode('dist/main.js');
  },
});

/** @type {import('../application.mjs').Application[]} */
export default [
  wholeApplication('requests-and-jobs-nest-11-commonjs', 'commonjs', 11),
  wholeApplication('requests-and-jobs-nest-12-esm', 'module', 12),
];
