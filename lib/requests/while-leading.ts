import { Observable } from 'rxjs';
import type { Leadership } from '../core/model/leadership.js';
import { deferred } from '../core/time/wait.js';
import type { LeaderOnlyCall } from './leader-only-call.js';
import { notLeader } from './not-leader.error.js';

/** What is known of an Observable. */
interface Kind {
  /** That it is a stream, before it has told anything. */
  readonly isStream?: boolean;
  /** Resolves when what it told has arrived, once it is complete; at once, if not given. */
  readonly delivered?: () => Promise<void>;
}

/**
 * What a handler or a method returned, as long as the leadership lasts: a stream has no end of its own that a demotion could
 * wait for, so it ends with the leadership, with an error. An answer that is still being made is waited for.
 *
 * Nest makes an Observable of everything. What has told something and is not complete is a stream.
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
 * An Observable that a leader-only method returned. Each subscription belongs to the term in which it begins, whenever the
 * method was called, and is refused where there is none.
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
  // All else is its own: it may be a subject, or what else the application made.
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
        // The only answer is complete by then.
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
