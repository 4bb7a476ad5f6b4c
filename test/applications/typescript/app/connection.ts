// What `connection` takes and refuses where @types/pg is not installed.
import { LeaderElectionModule, type ConnectionSettings } from 'nestjs-leader-election';
import { Elector } from 'nestjs-leader-election/core';

export const settings: ConnectionSettings = { host: 'db', port: 5432, user: 'app' };

LeaderElectionModule.forRoot({ connection: 'postgresql://db/app' });
LeaderElectionModule.forRoot({ connection: settings });
LeaderElectionModule.forRoot({ connection: async () => settings });

// @ts-expect-error a number
LeaderElectionModule.forRoot({ connection: 42 });
// @ts-expect-error a number
new Elector({ connection: 42, onElected: () => undefined });
// @ts-expect-error a field, misspelt
LeaderElectionModule.forRoot({ connection: { hosts: 'db' } });
// @ts-expect-error a port is a number
LeaderElectionModule.forRoot({ connection: { host: 'db', port: '5432' } });
// @ts-expect-error a function returns a configuration
LeaderElectionModule.forRoot({ connection: () => 42 });
