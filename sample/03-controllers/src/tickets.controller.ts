import { Controller, Get, Post } from '@nestjs/common';
import { IsLeader, LeaderElectionService, LeaderOnly } from 'nestjs-leader-election';
import { currentLeadership, type Leadership } from 'nestjs-leader-election';
import { TicketsService } from './tickets.service.js';

@Controller('tickets')
export class TicketsController {
  constructor(
    private readonly tickets: TicketsService,
    private readonly election: LeaderElectionService,
  ) {}

  /** A leader-only route: a standby answers 503 and names the leader. */
  @LeaderOnly()
  @Post()
  draw() {
    // Never undefined in a leader-only handler.
    return this.tickets.draw(currentLeadership() as Leadership);
  }

  /** A route that every instance answers. */
  @Get()
  show(@IsLeader() isLeader: boolean) {
    return { isLeader, leader: this.election.leader?.address };
  }
}
