import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { map, of, type Observable } from 'rxjs';
import { leaderOnlyMetadata } from '../binding/leader-only.metadata.js';
import { RegistryLookup, userOf } from '../binding/registry-lookup.js';
import type { RegisteredElection } from '../leader-election.registry.js';
import { SSE } from '../nest/private-names.js';
import { isSubscription, iterateWhileLeading, refusedIteration } from './iterate-while-leading.js';
import { calledIn, notLeader } from './not-leader.error.js';
import { responseSent } from './response-sent.js';
import { streamWhileLeading } from './stream-while-leading.js';
import { whileLeading } from './while-leading.js';

/**
 * Lets requests, messages and events through to leader-only handlers only on the leader. A demotion waits for handlers,
 * until their responses are sent, and ends streams.
 *
 * @internal
 */
@Injectable()
export class LeaderOnlyInterceptor implements NestInterceptor {
  readonly #lookup: RegistryLookup;

  /** @throws LeaderOnlyUsageError if `LeaderElectionModule` is missing */
  constructor(@Inject(ModuleRef) module: ModuleRef) {
    const usage = () => `@LeaderOnly() in ${userOf(LeaderOnlyInterceptor, module)}`;
    this.#lookup = new RegistryLookup(module, usage);
  }

  /** @throws NotLeaderError, which the refusal interceptor turns into a response */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const election = this.#electionOf(context);
    const { leadership } = election.service;
    const called = calledIn(context);
    const subscribes = isSubscription(context.getHandler());
    if (!leadership) {
      const refusal = notLeader(election, called);
      if (subscribes) return of(refusedIteration(refusal));
      throw refusal;
    }
    const call = { election, leadership, called };
    const bounded = (value: unknown) =>
      subscribes
        ? iterateWhileLeading(value, leadership, called, () => notLeader(election, called))
        : streamWhileLeading(value, call);
    const answer = () => next.handle().pipe(map(bounded));
    return whileLeading(call, answer, {
      isStream: Reflect.hasMetadata(SSE, context.getHandler()),
      delivered: () => responseSent(context),
    });
  }

  #electionOf(context: ExecutionContext): RegisteredElection {
    const metadata =
      leaderOnlyMetadata(context.getHandler()) ?? leaderOnlyMetadata(context.getClass());
    const usage = `@LeaderOnly() on ${context.getClass().name}`;
    return this.#lookup.registry.get(metadata?.election, usage);
  }
}
