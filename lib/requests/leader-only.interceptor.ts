import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Observable, catchError } from 'rxjs';
import { leaderOnlyMetadata } from '../decorators/leader-only.metadata.js';
import { deferred } from '../election/deferred.js';
import type { Leadership } from '../election/leadership.js';
import { NotLeaderError } from '../errors/not-leader.error.js';
import { LeaderElections, type AppElection } from '../leader-elections.js';
import { notLeaderException } from './not-leader-exception.js';

/**
 * Lets requests, messages and events through to leader-only handlers on the leader only. A demotion waits until the last
 * of what a handler returns has been told.
 *
 * @internal
 */
@Injectable()
export class LeaderOnlyInterceptor implements NestInterceptor {
  readonly #elections: LeaderElections;

  constructor(@Inject(LeaderElections) elections: LeaderElections) {
    this.#elections = elections;
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

  #electionOf(context: ExecutionContext): AppElection {
    const metadata =
      leaderOnlyMetadata(context.getHandler()) ?? leaderOnlyMetadata(context.getClass());
    return this.#elections.get(metadata?.election, `@LeaderOnly() on ${context.getClass().name}`);
  }
}

function serve(
  context: ExecutionContext,
  next: CallHandler,
  { duties }: AppElection,
  leadership: Leadership,
): Observable<unknown> {
  const called = `${context.getClass().name}.${context.getHandler().name}`;
  return new Observable((subscriber) => {
    const told = deferred();
    // Called within the leadership, so that `currentLeadership()` is right in the handler.
    void duties.work.run(called, leadership, () => {
      const subscription = next.handle().subscribe(subscriber);
      subscriber.add(subscription);
      subscriber.add(() => {
        told.resolve();
      });
      return told.promise;
    });
  });
}
