import type { EventEmitter } from 'node:events';
import type { ExecutionContext } from '@nestjs/common';

/** A response of Node, whichever adapter has it. */
interface NodeResponse extends EventEmitter {
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
}

/**
 * Resolves when the response to a request has been sent, or can't be any more. It may go on for long after its handler: Nest
 * pipes a file then, and a handler that was given the response with `@Res()` does as it likes.
 *
 * @internal
 */
export function responseSent(context: ExecutionContext): Promise<void> {
  if (context.getType() !== 'http') return Promise.resolve();
  const response = context
    .switchToHttp()
    .getResponse<Partial<NodeResponse> & { readonly raw?: Partial<NodeResponse> }>();
  // Under Fastify, Node's own is inside.
  const { raw = response } = response;
  if (!isOfNode(raw) || raw.writableFinished || raw.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    raw.once('finish', resolve);
    raw.once('close', resolve);
  });
}

/** An adapter may have responses of its own. */
function isOfNode(response: Partial<NodeResponse>): response is NodeResponse {
  return typeof response.once === 'function' && typeof response.writableFinished === 'boolean';
}
