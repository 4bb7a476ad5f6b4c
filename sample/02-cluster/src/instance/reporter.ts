import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LeaderElectionService } from 'nestjs-leader-election';
import { reportElection } from '../../../../tooling/instances/report-election.mjs';

/** Reports the events of `events$` to the cluster's application. */
@Injectable()
export class Reporter implements OnModuleInit {
  constructor(private readonly election: LeaderElectionService) {}

  onModuleInit(): void {
    reportElection(this.election);
  }
}
