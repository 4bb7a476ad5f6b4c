import 'reflect-metadata';
import assert from 'node:assert/strict';
import { Processor, WorkerHost } from '@nestjs/bullmq';
import { Controller, Injectable, UseGuards } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  QueryBus,
  QueryHandler,
  Saga,
} from '@nestjs/cqrs';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Command, CommandRunner } from 'nest-commander';
import { LeaderOnly, type OnElected } from 'nestjs-leader-election';
import { LeaderElectionTesting } from 'nestjs-leader-election/testing';
import { errors, isRefused, start } from './starting.js';

class Ask {
  constructor(readonly what: string) {}
}
class Tell {
  constructor(readonly what: string) {}
}

/** What handlers have done. */
const done: string[] = [];

@Injectable()
class Listener {
  @LeaderOnly()
  @OnEvent('ordered')
  onOrder(order: string) {
    done.push(`order ${order}`);
  }
}

@LeaderOnly()
@Injectable()
class WholeListener {
  @OnEvent('ordered')
  onOrder() {}
}

@EventsHandler(Tell)
class TellHandler {
  @LeaderOnly()
  handle({ what }: Tell) {
    done.push(`tell ${what}`);
  }
}

@CommandHandler(Ask)
class AskHandler {
  @LeaderOnly()
  async execute({ what }: Ask) {
    return `asked ${what}`;
  }
}

@QueryHandler(Ask)
class AskQueryHandler {
  @LeaderOnly()
  async execute({ what }: Ask) {
    return `found ${what}`;
  }
}

@LeaderOnly()
@EventsHandler(Tell)
class WholeEvents {
  handle() {}
}

@LeaderOnly()
@CommandHandler(Ask)
class WholeCommands {
  async execute() {}
}

@LeaderOnly()
@QueryHandler(Ask)
class WholeQueries {
  async execute() {}
}

@LeaderOnly()
@Injectable()
class Sagas {
  @Saga()
  whenTold = () => {};
}

@LeaderOnly()
@Processor('reports')
class WholeReports extends WorkerHost {
  async process() {}
}

@Processor('reports')
class Reports extends WorkerHost {
  @LeaderOnly()
  async process() {}
}

@LeaderOnly()
@Processor('reports')
class PausedReports extends WorkerHost implements OnElected {
  async process() {}

  onElected() {
    done.push('resume');
  }
}

@LeaderOnly()
@Command({ name: 'import' })
class WholeImport extends CommandRunner {
  async run() {}
}

@Command({ name: 'import' })
class Import extends CommandRunner {
  @LeaderOnly()
  async run() {}
}

@LeaderOnly()
@Injectable()
class Guard {
  canActivate() {
    return true;
  }
}

@UseGuards(Guard)
@Controller()
class Guarded {}

@Injectable()
class Creator {
  constructor(private readonly module: ModuleRef) {}

  async onModuleInit() {
    await this.module.create(PausedReports);
  }
}

async function main() {
  await isRefused(
    { controllers: [Guarded] },
    '@LeaderOnly() on Guard has no effect: the class has no',
  );
  await isRefused(
    Creator,
    '@LeaderOnly() on PausedReports has no effect on an object created by ModuleRef.create()',
  );
  await isRefused(
    WholeListener,
    '@LeaderOnly() on WholeListener does not apply to WholeListener.onOrder',
  );
  await isRefused(WholeEvents, '@LeaderOnly() on WholeEvents does not apply to WholeEvents.handle');
  await isRefused(WholeCommands, '@LeaderOnly() on WholeCommands does not apply to');
  await isRefused(WholeQueries, '@LeaderOnly() on WholeQueries does not apply to');
  await isRefused(Sagas, '@LeaderOnly() on Sagas does not apply to Sagas.whenTold (@Saga())');
  await isRefused(
    WholeReports,
    '@LeaderOnly() on WholeReports does not apply to WholeReports.process',
  );
  await isRefused(Reports, '@LeaderOnly() on Reports.process (@Processor()): a standby would take');
  await isRefused(WholeImport, '@LeaderOnly() on WholeImport does not apply to WholeImport.run');
  await isRefused(Import, '@LeaderOnly() on Import.run (@Command()): it is called once');
  errors.length = 0;

  const app = await start({
    imports: [EventEmitterModule.forRoot(), CqrsModule.forRoot()],
    providers: [Listener, TellHandler, AskHandler, AskQueryHandler, PausedReports],
  });
  const emitter = app.get(EventEmitter2);
  const [commands, queries, events] = [app.get(CommandBus), app.get(QueryBus), app.get(EventBus)];

  await emitter.emitAsync('ordered', 'unheard');
  events.publish(new Tell('unheard'));
  await assert.rejects(commands.execute(new Ask('it')), { name: 'NotLeaderError' });
  await assert.rejects(queries.execute(new Ask('it')), { name: 'NotLeaderError' });
  assert.deepEqual([done, errors], [[], []]);

  await app.get(LeaderElectionTesting).elect();
  await emitter.emitAsync('ordered', 'heard');
  events.publish(new Tell('heard'));
  assert.equal(await commands.execute(new Ask('it')), 'asked it');
  assert.equal(await queries.execute(new Ask('it')), 'found it');
  assert.deepEqual([done, errors], [['resume', 'order heard', 'tell heard'], []]);
  await app.close();
}

void main();
