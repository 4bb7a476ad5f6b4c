/**
 * The metadata keys of decorators of other packages for Nest. Nothing is imported from these packages, which belong to
 * the application. Most of them don't export the keys, so a new version may change them. Symbols are listed by
 * description.
 *
 * If a key has changed, its handlers are unknown: `@LeaderOnly()` on such a class is refused.
 */

/** @nestjs/event-emitter 3 and 12: `@OnEvent()` on a method. */
export const EVENT_LISTENER = 'EVENT_LISTENER_METADATA';

/** @nestjs/cqrs 11 and 12: `@CommandHandler()` on a class. */
export const COMMAND_HANDLER = '__commandHandler__';
/** `@QueryHandler()` on a class. */
export const QUERY_HANDLER = '__queryHandler__';
/** `@EventsHandler()` on a class. */
export const EVENTS_HANDLER = '__eventsHandler__';
/** The names of the methods with `@Saga()`, on their class. */
export const SAGAS = '__saga__';

/** @nestjs/bullmq 11 and 12: `@Processor()` on a class. */
export const BULLMQ_PROCESSOR = 'bullmq:processor_metadata';
/** `@OnWorkerEvent()` on a method. */
export const BULLMQ_WORKER_EVENT = 'bullmq:worker_events_metadata';
/** `@OnQueueEvent()` on a method. */
export const BULLMQ_QUEUE_EVENT = 'bullmq:queue_events_metadata';

/** @nestjs/bull 11 and 12: `@Process()` on a method. */
export const BULL_PROCESS = 'bull:module_queue_process';
/** `@OnQueueActive()` and the others on a method. */
export const BULL_QUEUE_EVENT = 'bull:module_on_queue_event';

/** nest-commander 3: `@Command()`, `@SubCommand()` and `@RootCommand()` on a class. */
export const COMMANDS = [
  'CommandBuilder:Command:Meta',
  'CommandBuilder:Subcommand:Meta',
  'CommandBuilder:RootCommand:Meta',
] as const;

/** @golevelup/nestjs-rabbitmq 5 to 9: `@RabbitSubscribe()`, `@RabbitRPC()`, `@RabbitHandler()` on a method. Symbol. */
export const RABBIT_HANDLER = 'RABBIT_HANDLER';

/** @ssut/nestjs-sqs 3: `@SqsMessageHandler()` on a method; a symbol. */
export const SQS_CONSUMER = 'SQS_CONSUMER_METHOD';
/** `@SqsConsumerEventHandler()` on a method; a symbol. */
export const SQS_EVENT = 'SQS_CONSUMER_EVENT_HANDLER';
