import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { afterAll } from '@jest/globals';

/** Changes the text of a statement on its way to the server. */
export type Rewrite = (sql: string) => string;

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

/**
 * A server that is like PostgreSQL, except for what a rewrite makes of some statements: a PostgreSQL server behind a
 * proxy that changes them on their way. So the differences are small, and the rest is real.
 *
 * @returns its URL
 */
export async function serverThatRewrites(url: string, rewrite: Rewrite): Promise<string> {
  const { hostname, port } = new URL(url);
  const proxy = createServer((client) => {
    const server = connect(Number(port), hostname);
    const rewriter = new Rewriter(rewrite);
    client.on('data', (chunk) => server.write(rewriter.push(chunk)));
    server.on('data', (chunk) => client.write(chunk));
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      closing.push(() => socket.destroy());
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  closing.push(() => proxy.close());
  const here = proxy.address() as AddressInfo;
  return Object.assign(new URL(url), { host: `${here.address}:${here.port}` }).href;
}

/** What a client sends, message by message: https://www.postgresql.org/docs/current/protocol-message-formats.html */
class Rewriter {
  readonly #rewrite: Rewrite;
  #pending = Buffer.alloc(0);
  #started = false;

  constructor(rewrite: Rewrite) {
    this.#rewrite = rewrite;
  }

  push(chunk: Buffer): Buffer {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const out: Buffer[] = [];
    for (let message = this.#next(); message; message = this.#next()) out.push(message);
    return Buffer.concat(out);
  }

  #next(): Buffer | undefined {
    // The first message has no type.
    const head = this.#started ? 1 : 0;
    if (this.#pending.length < head + 4) return undefined;
    const length = head + this.#pending.readInt32BE(head);
    if (this.#pending.length < length) return undefined;
    const message = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    if (!this.#started) {
      this.#started = true;
      return message;
    }
    return this.#rewritten(message);
  }

  #rewritten(message: Buffer): Buffer {
    const type = String.fromCharCode(message[0] ?? 0);
    if (type !== 'Q' && type !== 'P') return message;
    // Query: the text. Parse: a name, the text, and the types of the parameters.
    const start = type === 'Q' ? 5 : message.indexOf(0, 5) + 1;
    const end = message.indexOf(0, start);
    const text = Buffer.from(this.#rewrite(message.toString('utf8', start, end)), 'utf8');
    const rewritten = Buffer.concat([message.subarray(0, start), text, message.subarray(end)]);
    rewritten.writeInt32BE(rewritten.length - 1, 1);
    return rewritten;
  }
}
