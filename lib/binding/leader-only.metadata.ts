import { PartitionSet } from '../core/partitions.js';
import { methodOf } from '../nest/application-instances.js';
import type { Method } from '../nest/method-proxy.js';

/** The metadata of `@LeaderOnly()` on a class or a method. */
export interface LeaderOnlyMetadata {
  /** Undefined: the default election. */
  readonly election: string | undefined;
  /** Whether a new leader runs a missed cron tick. */
  readonly catchUp: boolean;
  /** The function with which `@LeaderOnly()` replaced a method. A decorator above may have replaced that again. */
  readonly restricted?: Method;
}

/** The metadata of `@EveryInstance()` on a class or a method. */
export const EVERY_INSTANCE = 'every instance';

/** A set of partitions is only allowed on a class, whose hooks are called for each partition. */
export type Where = LeaderOnlyMetadata | PartitionSet | typeof EVERY_INSTANCE;

const WHERE = Symbol('LeaderOnly');

/**
 * @param key the name of a method: the metadata belongs to the property, whatever function other decorators put there
 * @internal
 */
export function mark(target: object, where: Where, key?: string | symbol): void {
  if (key === undefined) Reflect.defineMetadata(WHERE, where, target);
  else Reflect.defineMetadata(WHERE, where, target, key);
}

/** The metadata of exactly this class or property, without inherited metadata. @internal */
export function ownMark(target: object, key?: string | symbol): Where | undefined {
  const said: unknown =
    key === undefined
      ? Reflect.getOwnMetadata(WHERE, target)
      : Reflect.getOwnMetadata(WHERE, target, key);
  return said as Where | undefined;
}

/** The metadata of a class, or of the nearest class that it extends. */
export function classMark(type: object): Where | undefined {
  return Reflect.getMetadata(WHERE, type) as Where | undefined;
}

/** The metadata of a method where it is declared: an override of a method also overrides its decorators. */
export function methodMark(prototype: object, key: string): Where | undefined {
  const owner = ownerOf(prototype, key);
  return (owner && ownMark(owner, key)) ?? leaderOnlyMetadata(methodOf(prototype, key));
}

/** The metadata of a function, or of a class, which inherits it from the class that it extends. */
export function leaderOnlyMetadata(target: object): LeaderOnlyMetadata | undefined {
  return leaderOnly(classMark(target));
}

export function leaderOnly(where: Where | undefined): LeaderOnlyMetadata | undefined {
  return where === EVERY_INSTANCE || where instanceof PartitionSet ? undefined : where;
}

/** The partitions whose hooks a class, or the class that it extends, has. */
export function partitionsOf(type: object): PartitionSet | undefined {
  const where = classMark(type);
  return where instanceof PartitionSet ? where : undefined;
}

/** Whether it runs only on the leader of some election. */
export function obeysLeader(where: Where | undefined): boolean {
  return where !== undefined && where !== EVERY_INSTANCE;
}

function ownerOf(prototype: object, key: string): object | undefined {
  let owner: object | null = prototype;
  while (owner && !Object.hasOwn(owner, key)) owner = Object.getPrototypeOf(owner) as object | null;
  return owner ?? undefined;
}
