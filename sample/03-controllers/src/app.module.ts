import { Module } from '@nestjs/common';
import { LeaderElectionModule } from 'nestjs-leader-election';
import { TicketsController } from './tickets.controller.js';
import { TicketsService } from './tickets.service.js';
import { WaitingRoomController } from './waiting-room.controller.js';

@Module({
  imports: [
    LeaderElectionModule.forRoot({
      connection: process.env.DATABASE_URL,
      // What a standby tells a client that it sends to the leader: where the leader can be reached.
      address: `http://127.0.0.1:${process.env.PORT ?? 3000}`,
    }),
  ],
  controllers: [TicketsController, WaitingRoomController],
  providers: [TicketsService],
})
export class AppModule {}
