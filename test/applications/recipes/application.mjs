// The recipes for packages that the project does not have; those for Redis with two instances on a Redis of their own.
import { startRedis } from '../../../tooling/redis/start-redis.mjs';
import { nest, usualDependencies, versionsOf } from '../application.mjs';

/** What the recipes are about, as their users install it. */
const dependencies = {
  '@nestjs/bullmq': '^12.0.0',
  '@nestjs/config': '^12.0.0',
  bullmq: '^6.0.0',
  'drizzle-orm': '^0.45.4',
  ioredis: '^6.0.0',
};

/** @type {import('../application.mjs').Application[]} */
export default [
  {
    name: 'recipes',
    async run(workspace) {
      workspace.copy(new URL('./app', import.meta.url), 'src');
      await workspace.install({
        type: 'module',
        dependencies: {
          ...usualDependencies,
          ...versionsOf('@types/pg'),
          ...nest[12],
          ...dependencies,
        },
      });
      await workspace.compile();
      for (const recipe of ['config-module', 'drizzle'])
        await workspace.runNode(`dist/${recipe}/main.js`);
      const redis = await startRedis();
      if (!redis)
        throw new Error('There is no redis-server; scripts/install-debian.sh installs it');
      try {
        const REDIS_URL = `redis://${redis.host}:${redis.port}`;
        for (const recipe of ['bullmq', 'redis-stream'])
          await workspace.runNode(`dist/${recipe}/main.js`, { REDIS_URL });
      } finally {
        await redis.stop();
      }
    },
  },
];
