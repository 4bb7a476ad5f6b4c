import type { EventEmitter } from 'node:events';
import type { ExecutionContext } from '@nestjs/common';

/** A response of Node, under either HTTP adapter. */
interface NodeResponse extends EventEmitter {
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
}

/**
 * Resolves when the response to a request has been sent, or can no longer be sent. That may be long after the handler
 * has returned: Nest may be piping a file, and a handler with `@Res()` may still be writing.
 *
 * @internal
 */
export function responseSent(context: ExecutionContext): Promise<void> {
  if (context.getType() !== 'http') return Promise.resolve();
  const response = context
    .switchToHttp()
    .getResponse<Partial<NodeResponse> & { readonly raw?: Partial<NodeResponse> }>();
  // Under Fastify, `raw` is Node's own response.
  const { raw = response } = response;
  if (!isOfNode(raw) || raw.writableFinished || raw.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    raw.once('finish', resolve);
    raw.once('close', resolve);
  });
}

/** An adapter may use another kind of response. */
function isOfNode(response: Partial<NodeResponse>): response is NodeResponse {
  return typeof response.once === 'function' && typeof response.writableFinished === 'boolean';
}
