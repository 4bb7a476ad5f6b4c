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

  /** A leader-only route: a standby answers 503, and says who leads. */
  @LeaderOnly()
  @Post()
  draw() {
    // In a leader-only handler there always is one.
    return this.tickets.draw(currentLeadership() as Leadership);
  }

  /** Every instance answers this one. */
  @Get()
  show(@IsLeader() isLeader: boolean) {
    return { isLeader, leader: this.election.leader?.address };
  }
}
