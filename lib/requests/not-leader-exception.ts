import { HttpException, HttpStatus, type ExecutionContext } from '@nestjs/common';
import { type LeaderInfo, detailsOf, type InstanceDetails } from '../core/model/instance-report.js';
import type { RegisteredElection } from '../leader-election.registry.js';
import { NotLeaderError, otherLeader } from './not-leader.error.js';

/** What a response of either HTTP adapter can do. */
interface HttpResponse {
  header(name: string, value: string): unknown;
  /** Under Fastify, Node's own is inside. */
  readonly raw?: { readonly headersSent: boolean };
  readonly headersSent?: boolean;
}

/** What an instance that does not lead answers to a caller. Terms are strings, since JSON has no such numbers. */
interface Refusal {
  readonly message: string;
  readonly election: string;
  readonly leader:
    | ({
        readonly instanceId: string;
        readonly term?: string;
        readonly since?: string;
      } & InstanceDetails)
    | undefined;
}

/**
 * What to throw where a request reaches an instance that does not lead: what the filters of that kind of context know. The
 * packages of microservices and gateways are loaded only where there is such a context, and so the package.
 */
export async function notLeaderException(
  context: ExecutionContext,
  { service, retryAfter }: RegisteredElection,
): Promise<Error> {
  const called = `${context.getClass().name}.${context.getHandler().name}`;
  const { election } = service;
  const leader = otherLeader(service);
  const error = new NotLeaderError(election, called, leader?.instanceId);
  const refusal: Refusal = {
    message: error.message,
    election,
    leader: leader && describe(leader),
  };
  switch (context.getType()) {
    case 'http': {
      const response = context.switchToHttp().getResponse<HttpResponse>();
      // A stream that ends with the leadership has sent them.
      if (!(response.raw ?? response).headersSent)
        response.header('Retry-After', String(retryAfter));
      const statusCode = HttpStatus.SERVICE_UNAVAILABLE;
      const body = { statusCode, error: 'Service Unavailable', ...refusal };
      return new HttpException(body, statusCode, { cause: error });
    }
    // An application without the package has none of its filters either. A bundler takes what is imported in a try block for
    // optional.
    case 'rpc':
      try {
        const { RpcException } = await import('@nestjs/microservices');
        return new RpcException({ status: 'error', ...refusal });
      } catch {
        return error;
      }
    case 'ws':
      try {
        const { WsException } = await import('@nestjs/websockets');
        return new WsException({ status: 'error', ...refusal });
      } catch {
        return error;
      }
    default:
      return error;
  }
}

function describe({ instanceId, term, since, ...others }: LeaderInfo): Refusal['leader'] {
  return {
    instanceId,
    ...(term !== undefined && { term: String(term) }),
    ...(since && { since: since.toISOString() }),
    ...detailsOf(others),
  };
}
