import { Injectable, Logger } from '@nestjs/common';
import {
  type Leadership,
  LeaderOnly,
  type LossReason,
  type OnDemoted,
  type OnElected,
} from 'nestjs-leader-election';

/** Runs for as long as a leadership lasts, such as a watcher of an inbox that allows only one connection. */
@LeaderOnly()
@Injectable()
export class InboxWatcher implements OnElected, OnDemoted {
  private readonly logger = new Logger(InboxWatcher.name);
  isWatching = false;

  onElected({ term }: Leadership): void {
    this.isWatching = true;
    this.logger.log(`Watching the inbox in term ${term}`);
  }

  onDemoted({ term }: Leadership, reason: LossReason): void {
    this.isWatching = false;
    this.logger.log(`Stopped watching the inbox in term ${term} (${reason})`);
  }
}
