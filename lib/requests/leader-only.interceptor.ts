import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Observable, catchError } from 'rxjs';
import { leaderOnlyMetadata } from '../binding/leader-only.metadata.js';
import { RegistryLookup, userOf } from '../binding/registry-lookup.js';
import type { Leadership } from '../core/model/leadership.js';
import { deferred } from '../core/time/wait.js';
import type { RegisteredElection } from '../leader-election.registry.js';
import { SSE } from '../nest/private-names.js';
import { notLeaderException } from './not-leader-exception.js';
import { NotLeaderError, otherLeader } from './not-leader.error.js';
import { whileLeading } from './while-leading.js';

/**
 * Lets requests, messages and events through to leader-only handlers on the leader only. A demotion waits for the answer
 * of a handler, and ends a stream.
 *
 * @internal
 */
@Injectable()
export class LeaderOnlyInterceptor implements NestInterceptor {
  readonly #lookup: RegistryLookup;

  /** @throws LeaderOnlyUsageError where `LeaderElectionModule` is missing */
  constructor(@Inject(ModuleRef) module: ModuleRef) {
    const usage = () => `@LeaderOnly() in ${userOf(LeaderOnlyInterceptor, module)}`;
    this.#lookup = new RegistryLookup(module, usage);
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const election = this.#electionOf(context);
    const { leadership } = election.service;
    if (!leadership) throw await notLeaderException(context, election);
    return serve(context, next, election, leadership).pipe(
      // The leadership may have ended while pipes were at work.
      catchError(async (error: unknown) => {
        throw error instanceof NotLeaderError && error.election === election.service.election
          ? await notLeaderException(context, election)
          : error;
      }),
    );
  }

  #electionOf(context: ExecutionContext): RegisteredElection {
    const metadata =
      leaderOnlyMetadata(context.getHandler()) ?? leaderOnlyMetadata(context.getClass());
    const usage = `@LeaderOnly() on ${context.getClass().name}`;
    return this.#lookup.registry.get(metadata?.election, usage);
  }
}

function serve(
  context: ExecutionContext,
  next: CallHandler,
  { duties, service }: RegisteredElection,
  leadership: Leadership,
): Observable<unknown> {
  const called = `${context.getClass().name}.${context.getHandler().name}`;
  const isStream = Reflect.hasMetadata(SSE, context.getHandler());
  const lost = () => new NotLeaderError(service.election, called, otherLeader(service)?.instanceId);
  return new Observable((subscriber) => {
    const told = deferred();
    // Called within the leadership, so that `currentLeadership()` is right in the handler.
    duties.work
      .run(called, leadership, () => {
        const answer = whileLeading(next.handle(), leadership, isStream, lost);
        subscriber.add(answer.subscribe(subscriber));
        subscriber.add(() => {
          told.resolve();
        });
        return told.promise;
      })
      .catch((error: unknown) => {
        subscriber.error(error);
      });
  });
}
