import { Observable } from 'rxjs';
import type { Leadership } from '../core/model/leadership.js';

/**
 * What a handler returned, as long as the leadership lasts: a stream has no end of its own that a demotion could wait for,
 * so it ends with the leadership, with an error. An answer that is still being made is waited for.
 *
 * Nest makes an Observable of everything. What has told something and is not complete is a stream; `isStream` is for those
 * that are known to be one before.
 *
 * @internal
 */
export function whileLeading<T>(
  source: Observable<T>,
  { signal }: Leadership,
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
