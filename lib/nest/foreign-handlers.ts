import { methodNames, methodOf, type ClassLike } from './application-instances.js';
import * as names from './foreign-names.js';
import { CONTROLLER, GATEWAY, GRAPHQL_TYPE } from './private-names.js';

/**
 * - `event`: no caller waits for a result.
 * - `request`: the caller waits for a promise.
 * - `consumer`: called with a message from a queue, which is lost or retried if it throws.
 * - `saga`: called once, when the application starts.
 * - `command`: called once, when the application has started.
 */
export type ForeignHandlerKind = 'event' | 'request' | 'consumer' | 'saga' | 'command';

/** A method that another package for Nest calls, without a request, message or schedule of Nest. */
export interface ForeignHandler {
  /** The method's name; a saga may be a function in a property. */
  readonly method: string;
  /** The decorator that makes the package call it, such as `@OnEvent()`. */
  readonly decorator: string;
  readonly kind: ForeignHandlerKind;
}

/** By the metadata key that a decorator sets on a method. */
const ON_METHODS: Readonly<Record<string, Omit<ForeignHandler, 'method'>>> = {
  [names.EVENT_LISTENER]: { decorator: '@OnEvent()', kind: 'event' },
  [names.BULLMQ_WORKER_EVENT]: { decorator: '@OnWorkerEvent()', kind: 'event' },
  [names.BULLMQ_QUEUE_EVENT]: { decorator: '@OnQueueEvent()', kind: 'event' },
  [names.BULL_QUEUE_EVENT]: { decorator: '@OnQueueEvent()', kind: 'event' },
  [names.BULL_PROCESS]: { decorator: '@Process()', kind: 'consumer' },
  [names.RABBIT_HANDLER]: { decorator: '@RabbitSubscribe() or @RabbitRPC()', kind: 'consumer' },
  [names.SQS_CONSUMER]: { decorator: '@SqsMessageHandler()', kind: 'consumer' },
  [names.SQS_EVENT]: { decorator: '@SqsConsumerEventHandler()', kind: 'event' },
};

const command = { method: 'run', decorator: '@Command()', kind: 'command' } as const;

/** By the metadata key that a decorator sets on a class. */
const ON_CLASSES: Readonly<Record<string, ForeignHandler>> = {
  [names.COMMAND_HANDLER]: { method: 'execute', decorator: '@CommandHandler()', kind: 'request' },
  [names.QUERY_HANDLER]: { method: 'execute', decorator: '@QueryHandler()', kind: 'request' },
  [names.EVENTS_HANDLER]: { method: 'handle', decorator: '@EventsHandler()', kind: 'event' },
  [names.BULLMQ_PROCESSOR]: { method: 'process', decorator: '@Processor()', kind: 'consumer' },
  ...Object.fromEntries(names.COMMANDS.map((key) => [key, command])),
};

const known = new WeakMap<ClassLike, readonly ForeignHandler[]>();

/** All such methods of a class, own and inherited. */
export function foreignHandlersOf(type: ClassLike): readonly ForeignHandler[] {
  const found = known.get(type) ?? findHandlers(type);
  known.set(type, found);
  return found;
}

function findHandlers(type: ClassLike): readonly ForeignHandler[] {
  const methods = methodNames(type);
  const ofClass = Object.entries(ON_CLASSES).flatMap(([key, handler]) =>
    Reflect.hasMetadata(key, type) && methods.includes(handler.method) ? handler : [],
  );
  const sagas = (Reflect.getMetadata(names.SAGAS, type) ?? []) as readonly (string | symbol)[];
  const ofSagas = sagas.map((key) => ({
    method: String(key),
    decorator: '@Saga()',
    kind: 'saga' as const,
  }));
  const ofMethods = methods.flatMap((method) =>
    keysOn(methodOf(type.prototype, method)).flatMap((key) => {
      const handler = ON_METHODS[key];
      return handler ? { method, ...handler } : [];
    }),
  );
  return [...ofClass, ...ofSagas, ...ofMethods];
}

/** Whether Nest calls interceptors before its methods: for requests, messages and queries. */
export function isServed(type: ClassLike): boolean {
  if ([CONTROLLER, GATEWAY].some((key) => Reflect.hasMetadata(key, type))) return true;
  const parts = [type, ...methodNames(type).map((name) => methodOf(type.prototype, name))];
  return parts.some((part) => Reflect.hasMetadata(GRAPHQL_TYPE, part));
}

function keysOn(method: object): string[] {
  return (Reflect.getMetadataKeys(method) as (string | symbol)[]).map((key) =>
    typeof key === 'symbol' ? (key.description ?? '') : key,
  );
}
