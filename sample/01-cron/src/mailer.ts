import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';

/** A placeholder for a mail server. Sending takes a moment. */
@Injectable()
export class Mailer {
  private readonly logger = new Logger(Mailer.name);

  async send(text: string): Promise<void> {
    await delay(100);
    this.logger.log(`Sent: ${text}`);
  }
}
