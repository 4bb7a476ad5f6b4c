import { Controller, HttpCode, type MessageEvent, Param, Post, Sse } from '@nestjs/common';
import { defer, map, type Observable, startWith } from 'rxjs';
import { monotonicNow } from '../../../../tooling/clock.mjs';
import type { HappeningMessage, SnapshotMessage } from '../state/messages.js';
import { ClusterService } from './cluster.service.js';

@Controller()
export class ClusterController {
  constructor(private readonly service: ClusterService) {}

  /** What has happened so far, and then everything that happens, as it happens. */
  @Sse('events')
  events(): Observable<MessageEvent> {
    return defer(() =>
      this.service.happenings$.pipe(
        map((happening) => {
          const data: HappeningMessage = { sentAt: monotonicNow(), happening };
          return { type: 'happening', data };
        }),
        startWith({ type: 'snapshot', data: this.#snapshot() }),
      ),
    );
  }

  @Post('instances')
  @HttpCode(202)
  async add(): Promise<void> {
    await this.service.add();
  }

  @Post('instances/:instance/:action')
  @HttpCode(202)
  async act(@Param('instance') instance: string, @Param('action') action: string): Promise<void> {
    await this.service.act(instance, action);
  }

  @Post('auto-restart/on')
  @HttpCode(202)
  restartEnded(): void {
    this.service.setAutoRestart(true);
  }

  @Post('auto-restart/off')
  @HttpCode(202)
  leaveEnded(): void {
    this.service.setAutoRestart(false);
  }

  @Post('server/restart')
  @HttpCode(202)
  async restartServer(): Promise<void> {
    await this.service.restartServer();
  }

  #snapshot(): SnapshotMessage {
    const { cluster, database, canRestartServer, timings } = this.service;
    return { sentAt: monotonicNow(), cluster, database, canRestartServer, timings };
  }
}
