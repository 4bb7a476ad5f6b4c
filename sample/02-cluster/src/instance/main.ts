import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { LeaderElectionService } from 'nestjs-leader-election';
import { report } from '../../../../tooling/instances/report-election.mjs';
import { InstanceModule } from './instance.module.js';

const showsLogs = process.env.SHOW_LOGS === 'true';

// One of the instances: an ordinary application, except that it reports to the cluster's application what happens.
const app = await NestFactory.create(InstanceModule, showsLogs ? {} : { logger: ['fatal'] });
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
const { instanceId } = app.get(LeaderElectionService).status();
report({ type: 'listening', url: `${await app.getUrl()}/`, instanceId });
