import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Controller, Get, Module, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { LeaderElectionModule, LeaderElectionService } from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';

@Controller('status')
class StatusController {
  constructor(private readonly election: LeaderElectionService) {}

  @Get()
  show() {
    const { isLeader, leader } = this.election;
    return { isLeader, leader: leader?.instanceId };
  }
}

@Module({
  imports: [
    LeaderElectionModule.forRoot({ connection: process.env.DATABASE_URL, instanceId: 'pod-1' }),
  ],
  controllers: [StatusController],
})
class AppModule {}

let app: INestApplication;

beforeEach(async () => {
  const moduleRef = await Test.createTestingModule({
    imports: [AppModule, LeaderElectionTestingModule.forApp()],
  }).compile();
  app = moduleRef.createNestApplication();
  await app.listen(0, '127.0.0.1');
});
afterEach(() => app.close());

it('tells who leads', async () => {
  const election = app.get(LeaderElectionTesting);
  const status = async () => (await fetch(`${await app.getUrl()}/status`)).json();

  await election.elsewhere('pod-2');
  expect(await status()).toEqual({ isLeader: false, leader: 'pod-2' });

  await election.elect();
  expect(await status()).toEqual({ isLeader: true, leader: 'pod-1' });
});
