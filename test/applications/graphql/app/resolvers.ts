// Everything of GraphQL that can be leader-only, by its method, by its class, by a guard, and by what it calls.
import { EventEmitter, once } from 'node:events';
import { Injectable, Scope, UseGuards } from '@nestjs/common';
import {
  Field,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import { PubSub } from 'graphql-subscriptions';
import { currentLeadership, IsLeader, LeaderGuard, LeaderOnly } from 'nestjs-leader-election';

/** Tells of events, of those who begin to listen to them, and of those who cease to. */
export const engine = new EventEmitter();

const pubSub = new PubSub({ eventEmitter: engine });

@ObjectType()
export class Report {
  @Field(() => String)
  title!: string;
}

@ObjectType()
export class Invoice {
  @Field(() => String)
  number!: string;
}

@Injectable()
export class LeaderOnlyService {
  @LeaderOnly()
  term() {
    return String(currentLeadership()?.term);
  }
}

@Resolver(() => Report)
export class ReportResolver {
  constructor(private readonly service: LeaderOnlyService) {}

  @Query(() => Boolean)
  isLeader(@IsLeader() isLeader: boolean) {
    return isLeader;
  }

  @Query(() => Report)
  report() {
    return { title: 'for all' };
  }

  @ResolveField(() => Boolean)
  isFromLeader(@IsLeader() isLeader: boolean) {
    return isLeader;
  }

  @LeaderOnly()
  @Query(() => String)
  byQuery() {
    return String(currentLeadership()?.term);
  }

  @LeaderOnly()
  @Mutation(() => String)
  async byMutation() {
    return String(currentLeadership()?.term);
  }

  @LeaderOnly()
  @ResolveField(() => String)
  byField() {
    return String(currentLeadership()?.term);
  }

  @LeaderOnly()
  @ResolveField(() => String)
  byFieldOf(@Parent() { title }: Report) {
    return title && String(currentLeadership()?.term);
  }

  @UseGuards(LeaderGuard)
  @Query(() => String)
  byGuard() {
    return this.service.term();
  }

  @Query(() => String)
  byService() {
    return this.service.term();
  }

  @Query(() => Invoice)
  invoice() {
    return { number: 'of all' };
  }

  /** As a generator, whose end is its own. */
  @LeaderOnly()
  @Subscription(() => String)
  async *bySubscription() {
    const leadership = currentLeadership();
    try {
      yield { bySubscription: String(leadership?.term) };
      yield { bySubscription: String(currentLeadership()?.term) };
      if (leadership) await once(leadership.signal, 'abort');
    } finally {
      engine.emit('generatorIsOver');
    }
  }
}

/** What the engine tells, for each subscription to it. */
export interface Events {
  readonly events: string;
  readonly selected: string;
}

@LeaderOnly()
@Resolver(() => Invoice)
export class InvoiceResolver {
  @Query(() => String)
  ofClass() {
    return String(currentLeadership()?.term);
  }

  @Mutation(() => String)
  ofClassToo() {
    return String(currentLeadership()?.term);
  }

  @ResolveField(() => String)
  fieldOfClass() {
    return String(currentLeadership()?.term);
  }

  @Subscription(() => String)
  events() {
    return pubSub.asyncIterableIterator('events');
  }

  @Subscription(() => String, { filter: ({ selected }: Events) => selected !== 'for others' })
  selected() {
    return pubSub.asyncIterableIterator('events');
  }
}

@LeaderOnly()
@Resolver()
@Injectable({ scope: Scope.REQUEST })
export class EachRequestResolver {
  @Query(() => String)
  perRequest() {
    return String(currentLeadership()?.term);
  }
}
