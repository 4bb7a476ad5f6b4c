import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import pg, { type ClientConfig } from 'pg';
import { inOwnContext } from '../common/own-context.js';
import { asError, propertyOf } from '../common/thrown.js';
import { DatabaseConnectionError, passwordMissing, WRONG_PASSWORD } from './connection.error.js';
import type { ConnectionSettings } from './connection-settings.js';

/** What `pg` has inside, which its types do not know. */
interface Internals {
  readonly connection: EventEmitter & { readonly stream: Socket };
}

/** What `pg` calls on a socket; a configuration may bring one of its own. */
const SOCKET_METHODS = ['connect', 'destroy', 'end', 'on', 'once', 'setNoDelay', 'write'] as const;

/**
 * A client for one connection. A configuration may be anything, since it comes from files, environments and functions of the
 * application; much of it `pg` looks at only when the server has answered, in a listener of the socket, from where an error
 * would end the process. Here it ends the connection.
 *
 * @throws what `pg` throws at the configuration
 * @internal
 */
export function createClient(config: ConnectionSettings): pg.Client {
  const { password } = config;
  const client = new pg.Client({
    ...config,
    ...(typeof password === 'function' && {
      password: async () => given(await passwordOf(password)),
    }),
    ...OUR_OWN,
  } as ClientConfig);
  // Without a listener the error of a connection that dies between two statements would end the process.
  client.on('error', () => undefined);
  const { connection } = internalsOf(client);
  const { stream } = connection;
  if (!SOCKET_METHODS.every((name) => typeof stream[name] === 'function')) {
    throw new DatabaseConnectionError(
      'The function given as `connection.stream` must return a socket, such as a net.Socket',
      undefined,
      false,
    );
  }
  endWhereListenersThrow(connection);
  return client;
}

/** Whatever the configuration has in their place: nobody else uses the connection, and a promise is a promise. */
const OUR_OWN = { connection: undefined, Promise: undefined };

/** `pg` takes a function that throws nothing, such as undefined, for one that has succeeded. */
async function passwordOf(ask: () => string | Promise<string>): Promise<string> {
  try {
    return await inOwnContext(ask); // Not in that of the connecting, in which nothing is traced.
  } catch (error) {
    throw asError(error);
  }
}

/** Of what a function gave. `pg` looks only for undefined, and says of anything else not what it is about. */
function given(password: unknown): string {
  if (typeof password === 'string' && password !== '') return password;
  throw passwordMissing(undefined);
}

function endWhereListenersThrow(connection: Internals['connection']): void {
  let hasThrown = false;
  for (const emitter of [connection, connection.stream]) {
    const emit = emitter.emit.bind(emitter);
    emitter.emit = (event: string, ...values: unknown[]) => {
      try {
        return emit(event, ...values);
      } catch (error) {
        const { stream } = connection; // With TLS, it is another than at first.
        // What the end of a connection leads to is nobody's fault but ours.
        if (stream.destroyed && !hasThrown) throw error;
        hasThrown = true;
        stream.destroy(asError(error));
        return true;
      }
    };
  }
}

/**
 * Connects a client.
 *
 * @param reached called when the server, or what stands before it, has accepted the connection
 * @throws what goes wrong
 * @internal
 */
export async function connectClient(client: pg.Client, reached?: () => void): Promise<void> {
  const failed = new Promise<never>((_resolve, reject) => {
    client.once('error', reject); // Not all that goes wrong is told to whoever waits for `connect`.
  });
  if (reached) internalsOf(client).connection.once('connect', reached);
  try {
    await Promise.race([client.connect(), failed]);
  } catch (error) {
    // By MD5 and in clear text, `pg` sends something all the same, which the server can't tell from a wrong password.
    if (propertyOf(error, 'code') === WRONG_PASSWORD && !client.password)
      throw passwordMissing(WRONG_PASSWORD);
    throw error;
  }
}

/**
 * Drops a client's connection without waiting for the server: `end()` would wait for an answer that may never come.
 * Statements under way reject.
 *
 * @internal
 */
export function destroySocket(client: pg.Client): void {
  internalsOf(client).connection.stream.destroy();
}

function internalsOf(client: pg.Client): Internals {
  return client as unknown as Internals;
}
