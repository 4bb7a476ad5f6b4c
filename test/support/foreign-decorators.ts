import { SetMetadata } from '@nestjs/common';

/**
 * What decorators of packages leave behind that the tests do without. test/applications/handlers has the packages
 * themselves.
 */

export const OnEvent = (event: string): MethodDecorator =>
  SetMetadata('EVENT_LISTENER_METADATA', [{ event }]);

export const CommandHandler = (command: unknown): ClassDecorator =>
  SetMetadata('__commandHandler__', command);
export const QueryHandler = (query: unknown): ClassDecorator =>
  SetMetadata('__queryHandler__', query);
export const EventsHandler = (...events: unknown[]): ClassDecorator =>
  SetMetadata('__eventsHandler__', events);
export const Saga = () => (target: object, key: string | symbol) => {
  Reflect.defineMetadata('__saga__', [key], target.constructor);
};

/** Of @nestjs/bullmq. */
export const Processor = (name: string): ClassDecorator =>
  SetMetadata('bullmq:processor_metadata', { name });
export const OnWorkerEvent = (eventName: string): MethodDecorator =>
  SetMetadata('bullmq:worker_events_metadata', { eventName });

/** Of @nestjs/bull. */
export const Process = (): MethodDecorator => SetMetadata('bull:module_queue_process', {});

/** Of nest-commander. */
export const Command = (name: string): ClassDecorator =>
  SetMetadata('CommandBuilder:Command:Meta', { name });

const RABBIT_HANDLER = Symbol('RABBIT_HANDLER');
export const RabbitSubscribe = (): MethodDecorator => (_target, _key, descriptor) => {
  Reflect.defineMetadata(RABBIT_HANDLER, { type: 'subscribe' }, descriptor.value as object);
};

export const Resolver = (): ClassDecorator => SetMetadata('graphql:resolver_type', undefined);
export const Query = (): MethodDecorator => SetMetadata('graphql:resolver_type', 'Query');
