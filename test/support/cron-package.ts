import { createRequire } from 'node:module';
import type { SchedulerRegistry } from '@nestjs/schedule';

type Job = ReturnType<SchedulerRegistry['getCronJob']>;

const require = createRequire(import.meta.url);

/** The package `cron` that @nestjs/schedule uses. It is a dependency of that package and not of this project. */
export const { CronJob, CronTime } = createRequire(require.resolve('@nestjs/schedule'))('cron') as {
  CronJob: { from: (params: Readonly<Record<string, unknown>>) => Job };
  CronTime: new (expression: string) => Parameters<Job['setTime']>[0];
};
