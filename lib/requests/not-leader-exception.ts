import { HttpException, HttpStatus, type ArgumentsHost } from '@nestjs/common';
import { alsoNotLeader, circumstancesOf, type NotLeaderError } from './not-leader.error.js';

/** What a response of either HTTP adapter can do. */
interface HttpResponse {
  header(name: string, value: string): unknown;
  /** Under Fastify, Node's own is inside. */
  readonly raw?: { readonly headersSent: boolean };
  readonly headersSent?: boolean;
}

/**
 * What to throw where a request reaches an instance that does not lead: what the filters of that kind of context know. It is
 * a `NotLeaderError` as well, so filters for that catch it too. The packages of microservices and gateways are loaded only
 * where there is such a context, and so the package.
 */
export async function notLeaderException(
  context: ArgumentsHost,
  error: NotLeaderError,
): Promise<Error> {
  const { message, election } = error;
  const { leader, retryAfter } = circumstancesOf(error);
  const refusal = { message, election, leader };
  switch (context.getType()) {
    case 'http': {
      const response = context.switchToHttp().getResponse<HttpResponse>();
      // A stream that ends with the leadership has sent them.
      if (retryAfter !== undefined && !(response.raw ?? response).headersSent)
        response.header('Retry-After', String(retryAfter));
      const statusCode = HttpStatus.SERVICE_UNAVAILABLE;
      const body = { statusCode, error: 'Service Unavailable', ...refusal };
      return alsoNotLeader(new HttpException(body, statusCode, { cause: error }), error);
    }
    // An application without the package has none of its filters either. A bundler takes what is imported in a try block for
    // optional.
    case 'rpc':
      try {
        const { RpcException } = await import('@nestjs/microservices');
        return alsoNotLeader(new RpcException({ status: 'error', ...refusal }), error);
      } catch {
        return error;
      }
    case 'ws':
      try {
        const { WsException } = await import('@nestjs/websockets');
        return alsoNotLeader(new WsException({ status: 'error', ...refusal }), error);
      } catch {
        return error;
      }
    // GraphQL tells its clients the message and the extensions of an error.
    default:
      return error;
  }
}
