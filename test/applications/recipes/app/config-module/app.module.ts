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
