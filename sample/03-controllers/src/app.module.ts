import { Module } from '@nestjs/common';
import { LeaderElectionModule } from 'nestjs-leader-election';
import { TicketsController } from './tickets.controller.js';
import { TicketsService } from './tickets.service.js';
import { WaitingRoomController } from './waiting-room.controller.js';

@Module({
  imports: [
    LeaderElectionModule.forRoot({
      connection: process.env.DATABASE_URL,
      // Where clients can reach this instance. Standbys return it while this instance leads.
      address: `http://127.0.0.1:${process.env.PORT ?? 3000}`,
    }),
  ],
  controllers: [TicketsController, WaitingRoomController],
  providers: [TicketsService],
})
export class AppModule {}
