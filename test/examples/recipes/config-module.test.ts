import { expect, it } from '@jest/globals';
// #region module
import { Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { LeaderElectionModule } from 'nestjs-leader-election';

@Module({
  imports: [
    LeaderElectionModule.forRootAsync({
      imports: [ConfigModule.forRoot()],
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        connection: config.getOrThrow<string>('DATABASE_URL'),
        instanceId: config.get<string>('POD_NAME'),
        stopTimeout: Number(config.get('STOP_TIMEOUT', 25_000)),
      }),
    }),
  ],
})
export class AppModule {}
// #endregion

import { LeaderElectionService } from 'nestjs-leader-election';
import { boot } from '../../support/app.js';
import { testDatabase } from '../../support/database.js';

const database = await testDatabase();

it('reads its options from the environment', async () => {
  Object.assign(process.env, { DATABASE_URL: database.url, POD_NAME: 'pod-1' });

  const app = await boot({ imports: [AppModule] });
  const election = app.get(LeaderElectionService);
  await election.whenLeader();

  expect(election.status()).toMatchObject({ instanceId: 'pod-1', isLeader: true });
});

it('names the variable that is wrong', async () => {
  Object.assign(process.env, { DATABASE_URL: database.url, STOP_TIMEOUT: 'soon' });

  await expect(boot({ imports: [AppModule] })).rejects.toThrow(
    'Option `stopTimeout` must be a whole number of milliseconds from 1 to 86400000; given: NaN',
  );
});
