import { PartitionSet } from '../core/partitions.js';
import { methodOf } from '../nest/application-instances.js';
import type { Method } from '../nest/method-proxy.js';

/** What `@LeaderOnly()` says about a class or a method. */
export interface LeaderOnlyMetadata {
  /** Undefined: the default election. */
  readonly election: string | undefined;
  /** Whether a new leader catches up on a cron tick that nobody ran. */
  readonly catchUp: boolean;
  /** Of a method: what `@LeaderOnly()` has put in its place. A decorator above it may have replaced that again. */
  readonly restricted?: Method;
}

/** What `@EveryInstance()` says about a class or a method. */
export const EVERY_INSTANCE = 'every instance';

/** A set of partitions stands only on a class: the hooks of each of them. */
export type Where = LeaderOnlyMetadata | PartitionSet | typeof EVERY_INSTANCE;

const WHERE = Symbol('LeaderOnly');

/**
 * @param key of a method: it is said of the property, which is the same whatever function other decorators put there
 * @internal
 */
export function mark(target: object, where: Where, key?: string | symbol): void {
  if (key === undefined) Reflect.defineMetadata(WHERE, where, target);
  else Reflect.defineMetadata(WHERE, where, target, key);
}

/** What was said about exactly this class or property, and not about the one that it inherits. @internal */
export function ownMark(target: object, key?: string | symbol): Where | undefined {
  const said: unknown =
    key === undefined
      ? Reflect.getOwnMetadata(WHERE, target)
      : Reflect.getOwnMetadata(WHERE, target, key);
  return said as Where | undefined;
}

/** What was said about a class, or the nearest one that it extends. */
export function classMark(type: object): Where | undefined {
  return Reflect.getMetadata(WHERE, type) as Where | undefined;
}

/** What was said about a method where it is declared: who overrides a method overrides what its decorators said. */
export function methodMark(prototype: object, key: string): Where | undefined {
  const owner = ownerOf(prototype, key);
  return (owner && ownMark(owner, key)) ?? leaderOnlyMetadata(methodOf(prototype, key));
}

/** Of a function, or of a class, which inherits it from the class that it extends. */
export function leaderOnlyMetadata(target: object): LeaderOnlyMetadata | undefined {
  return leaderOnly(classMark(target));
}

export function leaderOnly(where: Where | undefined): LeaderOnlyMetadata | undefined {
  return where === EVERY_INSTANCE || where instanceof PartitionSet ? undefined : where;
}

/** The partitions whose hooks a class has, or the class that it extends. */
export function partitionsOf(type: object): PartitionSet | undefined {
  const where = classMark(type);
  return where instanceof PartitionSet ? where : undefined;
}

/** Whether a leader decides about it, of whichever election. */
export function obeysLeader(where: Where | undefined): boolean {
  return where !== undefined && where !== EVERY_INSTANCE;
}

function ownerOf(prototype: object, key: string): object | undefined {
  let owner: object | null = prototype;
  while (owner && !Object.hasOwn(owner, key)) owner = Object.getPrototypeOf(owner) as object | null;
  return owner ?? undefined;
}
