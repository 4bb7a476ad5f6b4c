import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';

/** Everything from this server, and nothing from anywhere else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * The page kills processes: only the page itself may do so, in a browser on this machine. Another site that is open in
 * the same browser may not, neither by its own requests (`Origin`) nor under a name that it points here (`Host`).
 */
export function secure(app: NestExpressApplication): void {
  app.disable('x-powered-by');
  app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Referrer-Policy', 'no-referrer');
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    const refusal = refusalOf(request);
    if (!refusal) return next();
    response.writeHead(403, { 'Content-Type': 'application/json; charset=utf-8' });
    response.end(JSON.stringify({ statusCode: 403, error: 'Forbidden', message: refusal }));
  });
}

function refusalOf({ method, headers, socket }: IncomingMessage): string | undefined {
  const { host = '', origin } = headers;
  const hosts = [`127.0.0.1:${socket.localPort}`, `localhost:${socket.localPort}`];
  if (!hosts.includes(host)) {
    return `This page is ${hosts.join(' or ')}, and was asked for as ${JSON.stringify(host)}.`;
  }
  if (method === 'GET' || method === 'HEAD' || origin === `http://${host}`) return undefined;
  const sender = origin === undefined ? 'a request without an Origin' : JSON.stringify(origin);
  return `Only the page itself may act: the header Origin must be "http://${host}", and this is ${sender}.`;
}
