import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';

/** Stands in for a mail server, which takes a moment. */
@Injectable()
export class Mailer {
  private readonly logger = new Logger(Mailer.name);

  async send(text: string): Promise<void> {
    await delay(100);
    this.logger.log(`Sent: ${text}`);
  }
}
