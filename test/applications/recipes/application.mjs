// The recipes for Redis, each with two instances on a Redis of their own.
import { startRedis } from '../../../tooling/redis/start-redis.mjs';
import { nest, usualDependencies } from '../application.mjs';

/** What the recipes are about, as their users install it. */
const dependencies = { '@nestjs/bullmq': '^12.0.0', bullmq: '^6.0.0', ioredis: '^6.0.0' };

/** @type {import('../application.mjs').Application[]} */
export default [
  {
    name: 'recipes',
    async run(workspace) {
      workspace.copy(new URL('./app', import.meta.url), 'src');
      await workspace.install({
        type: 'module',
        dependencies: { ...usualDependencies, ...nest[12], ...dependencies },
      });
      await workspace.compile();
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
