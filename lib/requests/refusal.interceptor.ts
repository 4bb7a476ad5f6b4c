import { Injectable, type CallHandler, type ExecutionContext } from '@nestjs/common';
import type { NestInterceptor } from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';
import { notLeaderException } from './not-leader-exception.js';
import { isAnswer, NotLeaderError } from './not-leader.error.js';

/**
 * Answers for every handler that calls something leader-only and is not leader-only itself: what leaves it as a
 * `NotLeaderError`, Nest gets as what it can answer with.
 *
 * Not a filter: it would take the error from the application's own filters. Not a global interceptor: Nest uses none for
 * gateways, nor for the microservices of a hybrid application.
 */
@Injectable()
class RefusalInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError(async (error: unknown) => {
        throw isRefusal(error) ? await notLeaderException(context, error) : error;
      }),
    );
  }
}

/** One for all applications of the process: it belongs to none, and the classes that have it may be in several. */
export const refusalInterceptor = new RefusalInterceptor();

function isRefusal(error: unknown): error is NotLeaderError {
  try {
    return error instanceof NotLeaderError && !isAnswer(error);
  } catch {
    return false; // A revoked proxy, say.
  }
}
