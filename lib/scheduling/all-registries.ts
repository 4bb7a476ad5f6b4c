import type { SchedulerRegistry } from './scheduler.js';

/**
 * All registries of an application as one. An application that imports `ScheduleModule.forRoot()` twice has two of
 * them. The module of a provider determines which one it injects. A job runs once, and is registered in all of them.
 */
export function allOf(registries: readonly SchedulerRegistry[]): SchedulerRegistry {
  const [first] = registries as readonly [SchedulerRegistry];
  if (registries.length === 1) return first;
  const having = (type: 'cron' | 'interval' | 'timeout', name: string) =>
    registries.filter((registry) => registry.doesExist(type, name));
  return {
    doesExist: (type, name) => having(type, name).length > 0,
    getCronJob: (name) => (having('cron', name)[0] ?? first).getCronJob(name),
    getInterval: (name) => (having('interval', name)[0] ?? first).getInterval(name),
    getTimeout: (name) => (having('timeout', name)[0] ?? first).getTimeout(name),
    addCronJob: (name, job) => {
      for (const registry of registries) registry.addCronJob(name, job);
    },
    addInterval: (name, interval) => {
      for (const registry of registries) registry.addInterval(name, interval);
    },
    addTimeout: (name, timeout) => {
      for (const registry of registries) registry.addTimeout(name, timeout);
    },
    deleteCronJob: (name) => {
      for (const registry of having('cron', name)) registry.deleteCronJob(name);
    },
    deleteInterval: (name) => {
      for (const registry of having('interval', name)) registry.deleteInterval(name);
    },
    deleteTimeout: (name) => {
      for (const registry of having('timeout', name)) registry.deleteTimeout(name);
    },
  };
}
