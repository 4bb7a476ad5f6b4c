import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Answer } from './driver.js';

export function subscribeByWebSocket(url: string, query: string): AsyncIterableIterator<Answer> {
  const client = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  return client.iterate({ query }) as AsyncIterableIterator<Answer>;
}
