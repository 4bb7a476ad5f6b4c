import { Controller, Get } from '@nestjs/common';
import { LeaderElectionService } from 'nestjs-leader-election';
import { InboxWatcher } from './inbox-watcher.js';
import { RemindersService } from './reminders.service.js';

@Controller()
export class StatusController {
  constructor(
    private readonly election: LeaderElectionService,
    private readonly reminders: RemindersService,
    private readonly inbox: InboxWatcher,
  ) {}

  @Get()
  show() {
    const { isLeader, role, instanceId, term, leader } = this.election.status();
    return {
      isLeader,
      role,
      instanceId,
      // A term is a bigint, which JSON does not support.
      term: term?.toString(),
      leader: leader && { ...leader, term: leader.term?.toString() },
      remindersSent: this.reminders.sent,
      watchingInbox: this.inbox.isWatching,
    };
  }
}
