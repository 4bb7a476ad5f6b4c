import { MetadataScanner, type DiscoveryService, type ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Method } from './method-proxy.js';

export interface ClassLike {
  readonly name: string;
  readonly prototype: object;
}

/** Where the objects of an application are found. */
export interface Application {
  readonly discovery: DiscoveryService;
  readonly modules: ModulesContainer;
}

/** A provider, controller, enhancer (such as a guard) or middleware, and the class that it is an instance of. */
export interface ApplicationInstance {
  readonly wrapper: InstanceWrapper;
  readonly instance: object;
  readonly type: ClassLike;
}

/** The classes that are known before anything has started. Those of factories that are still running are missing. */
export function classesOf(application: Application): ClassLike[] {
  return wrappersOf(application).flatMap(({ metatype, instance }) => {
    if (isClass(metatype)) return metatype;
    const type: unknown = (instance as object | null | undefined)?.constructor;
    return isClass(type) ? type : [];
  });
}

/** Each object once, however many tokens it has. */
export function* instancesOf(application: Application): Iterable<ApplicationInstance> {
  const seen = new Set<object>();
  for (const wrapper of wrappersOf(application)) {
    const instance = wrapper.instance as unknown;
    if (typeof instance !== 'object' || instance === null || seen.has(instance)) continue;
    const type: unknown = instance.constructor;
    if (!isClass(type)) continue;
    seen.add(instance);
    yield { wrapper, instance, type };
  }
}

/** Everything on which Nest calls hooks. Modules that others depend on come first, as when Nest calls them. */
function wrappersOf({ discovery, modules }: Application): InstanceWrapper[] {
  const distance = ({ host }: InstanceWrapper) => host?.distance ?? 0;
  const others = [...modules.values()].flatMap(({ injectables, middlewares }) => [
    ...injectables.values(),
    ...middlewares.values(),
  ]);
  return [...discovery.getProviders(), ...discovery.getControllers(), ...others].sort(
    (a, b) => distance(b) - distance(a),
  );
}

export function isSingleton(wrapper: InstanceWrapper): boolean {
  return !wrapper.isTransient && wrapper.isDependencyTreeStatic();
}

export function isClass(type: unknown): type is ClassLike {
  return (
    typeof type === 'function' && typeof type.prototype === 'object' && type.prototype !== null
  );
}

/** The name of a class, or of the class whose prototype a method decorator receives. */
export function classNameOf(target: object): string {
  return (typeof target === 'function' ? target : target.constructor).name;
}

/** The names of all methods of a class, own and inherited. */
export function methodNames({ prototype }: { readonly prototype: object }): readonly string[] {
  // A new scanner, because a scanner keeps every class that it has seen in memory.
  return new MetadataScanner().getAllMethodNames(prototype);
}

export function methodOf(instance: object, name: string): Method {
  return (instance as Record<string, Method>)[name] as Method;
}
