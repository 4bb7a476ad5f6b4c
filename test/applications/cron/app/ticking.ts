import { Injectable, Module } from '@nestjs/common';
import { Cron, CronExpression, ScheduleModule } from '@nestjs/schedule';
import { LeaderElectionModule, LeaderElectionService, LeaderOnly } from 'nestjs-leader-election';

/** What every instance's job has done, in order. */
export const ticks: { readonly instanceId: string; readonly isLeader: boolean }[] = [];

@Injectable()
export class TickingService {
  constructor(private readonly election: LeaderElectionService) {}

  @LeaderOnly()
  @Cron(CronExpression.EVERY_SECOND)
  tick() {
    const { instanceId } = this.election.status();
    ticks.push({ instanceId, isLeader: this.election.isLeader });
  }
}

@Module({})
export class TickingModule {
  static forInstance(instanceId: string) {
    const connection = String(process.argv[2]);
    return {
      module: TickingModule,
      imports: [ScheduleModule.forRoot(), LeaderElectionModule.forRoot({ connection, instanceId })],
      providers: [TickingService],
    };
  }
}
