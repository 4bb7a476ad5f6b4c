import { HttpException, HttpStatus, type ArgumentsHost } from '@nestjs/common';
import { alsoNotLeader, circumstancesOf, type NotLeaderError } from './not-leader.error.js';

/** The part of a response that both HTTP adapters have. */
interface HttpResponse {
  header(name: string, value: string): unknown;
  /** Under Fastify: Node's own response. */
  readonly raw?: { readonly headersSent: boolean };
  readonly headersSent?: boolean;
}

/**
 * The exception for a request that reaches an instance that does not lead, of the type that filters expect in its
 * context. It is a `NotLeaderError` as well, so filters for that catch it too. The packages of microservices and
 * gateways are loaded only in such a context, where they are installed.
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
      // A stream that ends with the leadership has sent its headers.
      if (retryAfter !== undefined && !(response.raw ?? response).headersSent)
        response.header('Retry-After', String(retryAfter));
      const statusCode = HttpStatus.SERVICE_UNAVAILABLE;
      const body = { statusCode, error: 'Service Unavailable', ...refusal };
      return alsoNotLeader(new HttpException(body, statusCode, { cause: error }), error);
    }
    // An application without the package has none of its filters either. Bundlers treat an import in a try block as
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
    // GraphQL sends its clients the message and the extensions of an error.
    default:
      return error;
  }
}
