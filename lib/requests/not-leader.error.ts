import { IntrinsicException, type ExecutionContext } from '@nestjs/common';
import { detailsOf, type LeaderInfo } from '../core/model/instance-report.js';
import type { RegisteredElection } from '../leader-election.registry.js';

/** Who leads, as it is told to those who are refused. Terms and times are strings, since JSON has no such values. */
export type LeaderFacts = { readonly [Fact in keyof LeaderInfo]: string };

/** What GraphQL tells its clients of a {@link NotLeaderError}. */
export interface NotLeaderExtensions {
  /** By which clients tell it from other errors. */
  readonly code: 'SERVICE_UNAVAILABLE';
  /** The election's name. */
  readonly election: string;
  /** Who leads, where it is known. */
  readonly leader: LeaderFacts | undefined;
}

/**
 * A method that only the leader may run was called on an instance that does not lead. To Nest it is no fault, so it does not
 * log it.
 *
 * Where it leaves a route, a message handler or a gateway, it becomes what Nest answers with there: an `HttpException` (503),
 * an `RpcException` or a `WsException`. That has all that this error has, and is `instanceof NotLeaderError` too.
 */
export class NotLeaderError extends IntrinsicException {
  static {
    // For the stack, whose first line is written before an instance has its fields.
    Object.defineProperty(this.prototype, 'name', { value: 'NotLeaderError' });
  }

  override readonly name = 'NotLeaderError';

  /**
   * The HTTP status. Nest answers with it where no interceptor can turn the error into another: in middleware and in
   * guards.
   */
  readonly statusCode = 503;
  /** As `statusCode`: this and `expose` are conventions of `http-errors`. */
  readonly status = 503;
  /** Clients may read the message. */
  readonly expose = true;

  /** What GraphQL tells its clients beside the message. */
  get extensions(): NotLeaderExtensions {
    const { election } = this;
    return { code: 'SERVICE_UNAVAILABLE', election, leader: circumstancesOf(this).leader };
  }

  constructor(
    /** The election's name. */
    readonly election: string,
    /** What was called, as `Class.method`. */
    readonly called: string,
    /** The `instanceId` of the leader, where it is known. */
    readonly leader: string | undefined,
  ) {
    super(
      `${called}() runs only on the leader of "${election}", which this instance is not; ` +
        (leader === undefined ? 'who leads is not known here' : `${leader} leads`),
    );
  }
}

/** What Nest answers with, each made of an error. */
const answers = new WeakSet<object>();

Object.defineProperty(NotLeaderError, Symbol.hasInstance, {
  value(this: typeof NotLeaderError, value: unknown): boolean {
    const isOne = Function.prototype[Symbol.hasInstance].call(this, value);
    return isOne || (this === NotLeaderError && answers.has(value as object));
  },
});

/**
 * Makes an exception of Nest a `NotLeaderError` as well, so that filters for either catch it.
 *
 * @internal
 */
export function alsoNotLeader<T extends Error>(exception: T, error: NotLeaderError): T {
  answers.add(exception);
  return Object.defineProperties(exception, Object.getOwnPropertyDescriptors(error));
}

/** Whether it is what Nest answers with already. @internal */
export function isAnswer(error: NotLeaderError): boolean {
  return answers.has(error);
}

/** What an error does not say of the election that refused. */
interface Circumstances {
  readonly leader: LeaderFacts | undefined;
  readonly retryAfter: number | undefined;
}

/** Who led when an error was made. What is told of it is made only where somebody asks. */
interface Refusal {
  readonly leader: LeaderInfo | undefined;
  readonly retryAfter: number;
}

const refusals = new WeakMap<NotLeaderError, Refusal>();

/**
 * What to throw where `called` is refused.
 *
 * @internal
 */
export function notLeader(
  { service, instanceId, retryAfter }: RegisteredElection,
  called: string,
): NotLeaderError {
  const { leader } = service;
  // Not this instance: while it stops its duties it is still the last leader that it knows.
  const other = leader?.instanceId === instanceId ? undefined : leader;
  const error = withoutCallers(
    () => new NotLeaderError(service.election, called, other?.instanceId),
  );
  refusals.set(error, { leader: other, retryAfter });
  return error;
}

/**
 * An error without the list of its callers, which is most of what an error costs: a standby refuses as often as it is asked,
 * and hardly anybody reads where. What is lost is the line of the application that made the call; the message still names the
 * method, the election and the leader.
 */
function withoutCallers<T extends Error>(make: () => T): T {
  const { stackTraceLimit } = Error;
  // Not an assignment: it would throw where an application has frozen what is built in.
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

/** What is known beside the error; little, of one that the application made itself. @internal */
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
