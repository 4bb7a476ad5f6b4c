import 'reflect-metadata';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ClusterModule } from './cluster/cluster.module.js';
import type { ClusterOptions } from './cluster/cluster-options.js';
import { secure } from './cluster/security.js';

const require = createRequire(import.meta.url);
const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The application, with its instances and their PostgreSQL. `close()` ends all of them. */
export async function createClusterApp(
  options: ClusterOptions = {},
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(ClusterModule.forRoot(options), {
    logger: ['warn', 'error', 'fatal'],
    abortOnError: false,
    // Open pages keep a stream open, which would keep the application from ending.
    forceCloseConnections: true,
  });
  secure(app);
  app.useStaticAssets(path('../public'));
  app.useStaticAssets(path('./page'), { prefix: '/page/' });
  app.useStaticAssets(path('./state'), { prefix: '/state/' });
  // The file for browsers, whose path the package declares only to bundlers.
  app.useStaticAssets(join(dirname(require.resolve('d3')), '../dist/d3.min.js'), {
    prefix: '/d3.js',
  });
  try {
    await app.init();
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}
