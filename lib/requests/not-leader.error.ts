import { IntrinsicException, type ExecutionContext } from '@nestjs/common';
import { detailsOf, type LeaderInfo } from '../core/model/instance-report.js';
import type { RegisteredElection } from '../leader-election.registry.js';

/** The leader, as named in a refusal. Terms and times are strings, since JSON has no such values. */
export type LeaderFacts = { readonly [Fact in keyof LeaderInfo]: string };

/** The extensions of a {@link NotLeaderError} in a GraphQL response. */
export interface NotLeaderExtensions {
  /** The code by which clients recognise the error. */
  readonly code: 'SERVICE_UNAVAILABLE';
  /** The election's name. */
  readonly election: string;
  /** The leader, if known. */
  readonly leader: LeaderFacts | undefined;
}

/**
 * A leader-only method was called on an instance that does not lead. Nest does not log this error.
 *
 * If a route, a message handler or a gateway handler does not catch it, it becomes an `HttpException` (503), an
 * `RpcException` or a `WsException`, which has all properties of this error and is `instanceof NotLeaderError` too.
 */
export class NotLeaderError extends IntrinsicException {
  static {
    // For the first line of the stack, which is written before the fields are set.
    Object.defineProperty(this.prototype, 'name', { value: 'NotLeaderError' });
  }

  override readonly name = 'NotLeaderError';

  /**
   * The HTTP status. Nest responds with it where no interceptor can convert the error: in middleware and in guards.
   */
  readonly statusCode = 503;
  /** As `statusCode`. This and `expose` are conventions of `http-errors`. */
  readonly status = 503;
  /** Clients may see the message. */
  readonly expose = true;

  /** What GraphQL sends its clients with the message. */
  get extensions(): NotLeaderExtensions {
    const { election } = this;
    return { code: 'SERVICE_UNAVAILABLE', election, leader: circumstancesOf(this).leader };
  }

  constructor(
    /** The election's name. */
    readonly election: string,
    /** What was called, as `Class.method`. */
    readonly called: string,
    /** The `instanceId` of the leader, if known. */
    readonly leader: string | undefined,
  ) {
    super(
      `${called}() runs only on the leader of "${election}", and this instance does not lead; ` +
        `the current leader is ${leader ?? 'unknown'}`,
    );
  }
}

/** The exceptions with which Nest responds, each created from an error. */
const answers = new WeakSet<object>();

Object.defineProperty(NotLeaderError, Symbol.hasInstance, {
  value(this: typeof NotLeaderError, value: unknown): boolean {
    const isOne = Function.prototype[Symbol.hasInstance].call(this, value);
    return isOne || (this === NotLeaderError && answers.has(value as object));
  },
});

/**
 * Makes a Nest exception a `NotLeaderError` as well, so that filters for either catch it.
 *
 * @internal
 */
export function alsoNotLeader<T extends Error>(exception: T, error: NotLeaderError): T {
  answers.add(exception);
  return Object.defineProperties(exception, Object.getOwnPropertyDescriptors(error));
}

/** Whether the error already is such an exception. @internal */
export function isAnswer(error: NotLeaderError): boolean {
  return answers.has(error);
}

/** Details of a refusal that are not fields of the error. */
interface Circumstances {
  readonly leader: LeaderFacts | undefined;
  readonly retryAfter: number | undefined;
}

/** The leader when an error was created. Converted to facts only on demand. */
interface Refusal {
  readonly leader: LeaderInfo | undefined;
  readonly retryAfter: number;
}

const refusals = new WeakMap<NotLeaderError, Refusal>();

/**
 * The error to throw for a refused call.
 *
 * @internal
 */
export function notLeader(
  { service, instanceId, retryAfter }: RegisteredElection,
  called: string,
): NotLeaderError {
  const { leader } = service;
  // Not this instance, which is still the last known leader while it stops its duties.
  const other = leader?.instanceId === instanceId ? undefined : leader;
  const error = withoutCallers(
    () => new NotLeaderError(service.election, called, other?.instanceId),
  );
  refusals.set(error, { leader: other, retryAfter });
  return error;
}

/**
 * Creates an error without a stack trace, which is most of the cost of an error: a standby refuses every call, and the
 * trace is hardly ever read. This loses the line of the application that made the call; the message still names the
 * method, the election and the leader.
 */
function withoutCallers<T extends Error>(make: () => T): T {
  const { stackTraceLimit } = Error;
  // Not an assignment, which would throw if an application has frozen the built-in objects.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}

/** A handler of requests, messages or events, as `Class.method`. @internal */
export function calledIn(context: ExecutionContext): string {
  return `${context.getClass().name}.${context.getHandler().name}`;
}

/** Details of a refusal; few if the application created the error itself. @internal */
export function circumstancesOf(error: NotLeaderError): Circumstances {
  const refusal = refusals.get(error);
  if (refusal) return { ...refusal, leader: refusal.leader && factsOf(refusal.leader) };
  const { leader } = error;
  return {
    leader: leader === undefined ? undefined : { instanceId: leader },
    retryAfter: undefined,
  };
}

function factsOf({ instanceId, term, since, ...others }: LeaderInfo): LeaderFacts {
  return {
    instanceId,
    ...(term !== undefined && { term: String(term) }),
    ...(since && { since: since.toISOString() }),
    ...detailsOf(others),
  };
}
