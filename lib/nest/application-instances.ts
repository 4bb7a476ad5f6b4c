import type { ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Method } from './method-proxy.js';

export interface ClassLike {
  readonly name: string;
  readonly prototype: object;
}

/** A provider or controller of the application, and the class that it is an instance of. */
export interface ApplicationInstance {
  readonly wrapper: InstanceWrapper;
  readonly instance: object;
  readonly type: ClassLike;
}

/** Modules that others depend on come first, as in Nest's own hooks. */
function wrappersOf(modules: ModulesContainer): InstanceWrapper[] {
  const inOrder = [...modules.values()].sort((a, b) => b.distance - a.distance);
  return inOrder.flatMap(({ providers, controllers }) => [
    ...providers.values(),
    ...controllers.values(),
  ]);
}

/** The classes that are known before anything has started: not those of which a factory is still making an instance. */
export function classesOf(modules: ModulesContainer): ClassLike[] {
  return wrappersOf(modules).flatMap(({ metatype, instance }) => {
    if (isClass(metatype)) return metatype;
    const type: unknown = (instance as object | null | undefined)?.constructor;
    return isClass(type) ? type : [];
  });
}

/** Each instance once, however many tokens lead to it. */
export function* instancesOf(modules: ModulesContainer): Iterable<ApplicationInstance> {
  const seen = new Set<object>();
  for (const wrapper of wrappersOf(modules)) {
    const instance = wrapper.instance as unknown;
    if (typeof instance !== 'object' || instance === null || seen.has(instance)) continue;
    const type: unknown = instance.constructor;
    if (!isClass(type)) continue;
    seen.add(instance);
    yield { wrapper, instance, type };
  }
}

export function isSingleton(wrapper: InstanceWrapper): boolean {
  return !wrapper.isTransient && wrapper.isDependencyTreeStatic();
}

export function isClass(type: unknown): type is ClassLike {
  return (
    typeof type === 'function' && typeof type.prototype === 'object' && type.prototype !== null
  );
}

export function methodOf(instance: object, key: string): Method {
  return (instance as Record<string, Method>)[key] as Method;
}
