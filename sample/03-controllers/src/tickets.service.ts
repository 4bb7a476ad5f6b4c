import { Injectable } from '@nestjs/common';
import { LeaderOnly, type Leadership, type OnDemoted } from 'nestjs-leader-election';
import { Subject } from 'rxjs';

export interface Ticket {
  readonly term: string;
  readonly number: number;
}

/** State that only one instance may have: the last number and the waiting tickets. It lasts for a term. */
@LeaderOnly()
@Injectable()
export class TicketsService implements OnDemoted {
  readonly calls = new Subject<Ticket>();
  private waiting: Ticket[] = [];
  private last = 0;

  draw({ term }: Leadership): Ticket {
    this.last += 1;
    // The term grows with every leader, so a ticket is unique.
    const ticket = { term: term.toString(), number: this.last };
    this.waiting.push(ticket);
    return ticket;
  }

  list(): readonly Ticket[] {
    return this.waiting;
  }

  callNext(): Ticket | undefined {
    const ticket = this.waiting.shift();
    if (ticket) this.calls.next(ticket);
    return ticket;
  }

  onDemoted(): void {
    this.waiting = [];
    this.last = 0;
  }
}
