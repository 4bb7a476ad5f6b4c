import 'reflect-metadata';
import { createClusterApp } from './cluster-app.js';

const app = await createClusterApp();
// Ctrl-C ends the instances and PostgreSQL as well.
app.enableShutdownHooks();
await app.listen(process.env.PORT ?? 4300, '127.0.0.1');
console.log(`Open ${await app.getUrl()}/`);
