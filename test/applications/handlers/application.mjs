// @LeaderOnly() on what the packages around Nest call: event listeners, handlers of CQRS, consumers of queues, commands.
import { nest, usualDependencies } from '../application.mjs';

/**
 * @param {string} name
 * @param {Readonly<Record<string, string>>} dependencies
 * @param {readonly string[]} folders
 * @returns {import('../application.mjs').Application}
 */
const handlersApplication = (name, dependencies, folders) => ({
  name,
  async run(workspace) {
    for (const folder of folders)
      workspace.copy(new URL(`./app/${folder}`, import.meta.url), 'src');
    await workspace.install({ dependencies: { ...usualDependencies, ...dependencies } });
    await workspace.compile();
    await workspace.runNode('dist/main.js');
    if (folders.includes('rabbitmq')) await workspace.runNode('dist/rabbitmq.js');
  },
});

const common = { bullmq: '^5.0.0', 'nest-commander': '^3.20.0' };

/** @type {import('../application.mjs').Application[]} */
export default [
  handlersApplication(
    'handlers-nest-11',
    {
      ...nest[11],
      ...common,
      '@nestjs/event-emitter': '^3.0.0',
      '@nestjs/cqrs': '^11.0.0',
      '@nestjs/bullmq': '^11.0.0',
      // Its peer is Nest 11 only.
      '@golevelup/nestjs-rabbitmq': '^9.0.0',
    },
    ['packages', 'rabbitmq'],
  ),
  handlersApplication(
    'handlers-nest-12',
    {
      ...nest[12],
      ...common,
      '@nestjs/event-emitter': '^12.0.0',
      '@nestjs/cqrs': '^12.0.0',
      '@nestjs/bullmq': '^12.0.0',
    },
    ['packages'],
  ),
];
