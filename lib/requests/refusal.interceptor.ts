import { Injectable, type CallHandler, type ExecutionContext } from '@nestjs/common';
import type { NestInterceptor } from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';
import { notLeaderException } from './not-leader-exception.js';
import { isAnswer, NotLeaderError } from './not-leader.error.js';

/**
 * Converts a `NotLeaderError` that leaves a handler into an exception with which Nest can respond. For handlers that
 * are not leader-only, but call leader-only code.
 *
 * Not a filter, which would hide the error from the application's own filters. Not a global interceptor, which Nest
 * uses neither for gateways nor for the microservices of a hybrid application.
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

/** One for all applications of the process: it belongs to none of them, and they may share the classes that use it. */
export const refusalInterceptor = new RefusalInterceptor();

function isRefusal(error: unknown): error is NotLeaderError {
  try {
    return error instanceof NotLeaderError && !isAnswer(error);
  } catch {
    return false; // Such as a revoked proxy.
  }
}
