import { Observable } from 'rxjs';
import type { Leadership } from '../core/model/leadership.js';
import { deferred } from '../core/time/wait.js';
import type { LeaderOnlyCall } from './leader-only-call.js';
import { notLeader } from './not-leader.error.js';

/** What is known about an Observable. */
interface Kind {
  /** Whether it is a stream even before it has emitted. */
  readonly isStream?: boolean;
  /** Called on completion. Resolves when the values have been delivered. Default: at once. */
  readonly delivered?: () => Promise<void>;
}

/**
 * Wraps what a handler or a method returned. A stream may never end by itself, so it ends with the leadership, with an
 * error. A demotion waits for a response that is still being produced.
 *
 * Nest turns everything into an Observable. One that has emitted and is not complete is a stream.
 *
 * @param source called within the leadership, so that `currentLeadership()` is right in it
 * @internal
 */
export function whileLeading<T>(
  { election, leadership, called }: LeaderOnlyCall,
  source: () => Observable<T>,
  { isStream = false, delivered }: Kind = {},
): Observable<T> {
  return new Observable((subscriber) => {
    const over = deferred<void | Promise<void>>();
    const lost = () => notLeader(election, called);
    const work = () => {
      let isComplete = false;
      subscriber.add(
        endingWith(leadership, source(), isStream, lost).subscribe({
          next: (value) => {
            subscriber.next(value);
          },
          error: (error: unknown) => {
            subscriber.error(error);
          },
          complete: () => {
            isComplete = true;
            subscriber.complete();
          },
        }),
      );
      subscriber.add(() => {
        over.resolve(isComplete ? delivered?.() : undefined);
      });
      return over.promise;
    };
    election.duties.work.run(called, leadership, work).catch((error: unknown) => {
      subscriber.error(error);
    });
  });
}

/**
 * Wraps an Observable that a leader-only method returned. Each subscription belongs to the term in which it begins,
 * whenever the method was called, and is refused if this instance does not lead.
 *
 * @internal
 */
export function observableWhileLeading<T>(
  source: Observable<T>,
  { election, called }: LeaderOnlyCall,
): Observable<T> {
  const restricted = new Observable<T>((subscriber) => {
    const { leadership } = election.service;
    if (!leadership) {
      subscriber.error(notLeader(election, called));
      return undefined;
    }
    return whileLeading({ election, leadership, called }, () => source).subscribe(subscriber);
  });
  const subscribe = restricted.subscribe.bind(restricted);
  // Everything else comes from the source, which may be a subject or a class of the application.
  return new Proxy(source, {
    get: (target, key, receiver) =>
      key === 'subscribe' ? subscribe : (Reflect.get(target, key, receiver) as unknown),
  });
}

function endingWith<T>(
  { signal }: Leadership,
  source: Observable<T>,
  isStream: boolean,
  lost: () => Error,
): Observable<T> {
  return new Observable((subscriber) => {
    let streams = isStream;
    const end = () => {
      if (streams) subscriber.error(lost());
    };
    signal.addEventListener('abort', end);
    subscriber.add(() => {
      signal.removeEventListener('abort', end);
    });
    const subscription = source.subscribe({
      next: (value) => {
        streams = true;
        subscriber.next(value);
        // A single response is complete by then.
        if (signal.aborted) setImmediate(end);
      },
      error: (error) => {
        subscriber.error(error);
      },
      complete: () => {
        subscriber.complete();
      },
    });
    subscriber.add(subscription);
    if (signal.aborted) end();
  });
}
