// Two instances with leader-only resolvers, for each driver that there is for a version of Nest.
import { nest, usualDependencies } from '../application.mjs';

/** The packages of the drivers that there are. That of Yoga takes no other Nest than 11. */
const drivers = {
  11: {
    apollo: { '@nestjs/apollo': '^13.0.0' },
    mercurius: { '@nestjs/mercurius': '^13.0.0' },
    yoga: { '@graphql-yoga/nestjs': '^3.0.0' },
  },
  12: {
    apollo: { '@nestjs/apollo': '^14.0.0' },
    mercurius: { '@nestjs/mercurius': '^14.0.0' },
  },
};

/** What the drivers ask for, and those who ask them. */
const graphql = {
  '@apollo/server': '^5.0.0',
  '@as-integrations/express5': '^1.0.0',
  '@types/ws': '^8.0.0',
  graphql: '^16.0.0',
  'graphql-subscriptions': '^3.0.0',
  'graphql-sse': '^2.0.0',
  'graphql-ws': '^6.0.0',
  'graphql-yoga': '^5.0.0',
  mercurius: '^16.0.0',
  ws: '^8.0.0',
};

/**
 * @param {string} name
 * @param {'commonjs' | 'module'} type
 * @param {11 | 12} version of Nest
 * @param {string} graphqlModule the version of @nestjs/graphql
 * @returns {import('../application.mjs').Application}
 */
const graphqlApplication = (name, type, version, graphqlModule) => ({
  name,
  async run(workspace) {
    const chosen = Object.keys(drivers[version]);
    const sources = ['main', 'instance', 'resolvers', 'driver', 'web-socket'];
    for (const source of [...sources, ...chosen.map((driver) => `drivers/${driver}`)])
      workspace.copy(new URL(`app/${source}.ts`, import.meta.url), `src/${source}.ts`);
    const platform = `^${version}.0.0`;
    await workspace.install({
      type,
      dependencies: {
        ...usualDependencies,
        ...nest[version],
        '@nestjs/graphql': graphqlModule,
        '@nestjs/platform-express': platform,
        '@nestjs/platform-fastify': platform,
        ...Object.assign({}, ...Object.values(drivers[version])),
        ...graphql,
      },
    });
    await workspace.compile();
    for (const driver of chosen) await workspace.runNode('dist/main.js', { DRIVER: driver });
  },
});

/** @type {import('../application.mjs').Application[]} */
export default [
  graphqlApplication('graphql-nest-11-commonjs', 'commonjs', 11, '^13.0.0'),
  graphqlApplication('graphql-nest-12-esm', 'module', 12, '^14.0.0'),
];
