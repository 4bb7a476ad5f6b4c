import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Controller, Module, Post, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { LeaderElectionModule, LeaderOnly } from 'nestjs-leader-election';
import { LeaderElectionTesting, LeaderElectionTestingModule } from 'nestjs-leader-election/testing';

@Controller('invoices')
class InvoicesController {
  @LeaderOnly()
  @Post()
  send() {
    return { sent: 3 };
  }
}

@Module({
  imports: [LeaderElectionModule.forRoot({ connection: process.env.DATABASE_URL })],
  controllers: [InvoicesController],
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

it('sends invoices on the leader; another instance says who that is', async () => {
  const election = app.get(LeaderElectionTesting);
  const send = async () => {
    const response = await fetch(`${await app.getUrl()}/invoices`, { method: 'POST' });
    return { status: response.status, body: await response.json() };
  };

  await election.elsewhere('pod-2');
  expect(await send()).toMatchObject({
    status: 503,
    body: { election: 'default', leader: { instanceId: 'pod-2' } },
  });

  await election.elect();
  expect(await send()).toEqual({ status: 201, body: { sent: 3 } });
});
