import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import {
  LeaderOnly,
  type Leadership,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';
import { Ledger } from '../ledger.js';

const STREAM = 'invoices';
const GROUP = 'ledger';
/** The same on all instances: a leader starts with entries that its predecessor read but did not acknowledge. */
const CONSUMER = 'leader';

@LeaderOnly()
@Injectable()
export class InvoiceConsumer implements OnElected, OnDemoted {
  readonly #logger = new Logger(InvoiceConsumer.name);
  #consuming = Promise.resolve();

  constructor(
    private readonly redis: Redis,
    private readonly ledger: Ledger,
  ) {}

  /** Starts consuming and returns. */
  onElected({ signal }: Leadership) {
    this.#consuming = this.#consume(signal);
  }

  async onDemoted() {
    await this.#consuming;
  }

  async #consume(signal: AbortSignal) {
    const reader = this.redis.duplicate(); // a blocking read keeps its connection busy
    const stop = () => reader.disconnect(); // ends a blocking read
    signal.addEventListener('abort', stop);
    while (!signal.aborted) {
      try {
        await this.#createGroup();
        await this.#readWith(reader, signal);
      } catch (error) {
        if (signal.aborted) break;
        this.#logger.error('Consuming failed', error);
        await delay(1_000, undefined, { signal }).catch(() => undefined);
      }
    }
    signal.removeEventListener('abort', stop);
  }

  async #createGroup() {
    try {
      await this.redis.xgroup('CREATE', STREAM, GROUP, '0', 'MKSTREAM');
    } catch (error) {
      if (!String(error).includes('BUSYGROUP')) throw error; // It exists already.
    }
  }

  async #readWith(reader: Redis, signal: AbortSignal) {
    let from = '0'; // entries that were read but not acknowledged
    while (!signal.aborted) {
      const options = ['COUNT', 10, 'BLOCK', 0, 'STREAMS', STREAM, from] as const;
      const [stream] = (await reader.xreadgroup('GROUP', GROUP, CONSUMER, ...options)) ?? [];
      const entries = stream?.[1] ?? [];
      if (entries.length === 0) from = '>'; // new entries
      for (const [id, fields] of entries) {
        if (signal.aborted) return;
        if (fields) await this.ledger.enter(Number(fields[1]));
        await this.redis.xack(STREAM, GROUP, id);
      }
    }
  }
}
