import { Controller, Get, Post, Sse } from '@nestjs/common';
import { LeaderOnly } from 'nestjs-leader-election';
import { map } from 'rxjs';
import { TicketsService } from './tickets.service.js';

/** A controller that is leader-only as a whole. */
@LeaderOnly()
@Controller('waiting-room')
export class WaitingRoomController {
  constructor(private readonly tickets: TicketsService) {}

  @Get()
  list() {
    return this.tickets.list();
  }

  @Post('next')
  callNext() {
    return this.tickets.callNext();
  }

  /** Ends with the leadership. The client then connects again and is referred to the next leader. */
  @Sse('calls')
  calls() {
    return this.tickets.calls.pipe(map((data) => ({ data })));
  }
}
