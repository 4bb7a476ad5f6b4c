import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import pg, { type ClientConfig } from 'pg';
import { inOwnContext } from '../common/own-context.js';
import { asError, propertyOf } from '../common/thrown.js';
import { DatabaseConnectionError, passwordMissing, WRONG_PASSWORD } from './connection.error.js';
import type { ConnectionSettings } from './connection-settings.js';

/** Internals of `pg` that its types do not declare. */
interface Internals {
  readonly connection: EventEmitter & { readonly stream: Socket };
}

/** The methods that `pg` calls on a socket, which may come from the configuration. */
const SOCKET_METHODS = ['connect', 'destroy', 'end', 'on', 'once', 'setNoDelay', 'write'] as const;

/**
 * Creates a client for one connection. The configuration comes from files, the environment and functions of the
 * application, so it may contain anything. `pg` reads much of it only after the server has answered, in a listener of
 * the socket, where an error would end the process. Here, such an error ends the connection.
 *
 * @throws what `pg` throws when it rejects the configuration
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
  // Without a listener, the error of a connection that breaks between two statements would end the process.
  client.on('error', () => undefined);
  const { connection } = internalsOf(client);
  const { stream } = connection;
  if (!SOCKET_METHODS.every((name) => typeof stream[name] === 'function')) {
    throw new DatabaseConnectionError(
      'The `connection.stream` function must return a socket, such as a net.Socket',
      undefined,
      false,
    );
  }
  endWhereListenersThrow(connection);
  return client;
}

/** Overrides the configuration: `pg` must create its own protocol connection and use standard promises. */
const OUR_OWN = { connection: undefined, Promise: undefined };

/** Wraps what the function throws in an error: `pg` would take a thrown undefined for success. */
async function passwordOf(ask: () => string | Promise<string>): Promise<string> {
  try {
    return await inOwnContext(ask); // Not in the context of the connection attempt, which suppresses tracing.
  } catch (error) {
    throw asError(error);
  }
}

/**
 * Checks the result of a password function. `pg` checks only for undefined, and its errors for other values are
 * unclear.
 */
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
        const { stream } = connection; // TLS replaces the first stream.
        // An error while the connection closes is a bug of this library.
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
 * @param reached called when the server, or a proxy in front of it, has accepted the connection
 * @throws the error of the attempt
 * @internal
 */
export async function connectClient(client: pg.Client, reached?: () => void): Promise<void> {
  const failed = new Promise<never>((_resolve, reject) => {
    client.once('error', reject); // Some errors do not reject `connect`.
  });
  if (reached) internalsOf(client).connection.once('connect', reached);
  try {
    await Promise.race([client.connect(), failed]);
  } catch (error) {
    // With MD5 and clear-text authentication, `pg` sends something anyway, and the server reports a wrong password.
    if (propertyOf(error, 'code') === WRONG_PASSWORD && !client.password)
      throw passwordMissing(WRONG_PASSWORD);
    throw error;
  }
}

/**
 * Drops a client's connection without waiting for the server: `end()` would wait for an answer that may never come.
 * Pending statements reject.
 *
 * @internal
 */
export function destroySocket(client: pg.Client): void {
  internalsOf(client).connection.stream.destroy();
}

function internalsOf(client: pg.Client): Internals {
  return client as unknown as Internals;
}
