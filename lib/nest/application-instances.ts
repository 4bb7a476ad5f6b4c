import { MetadataScanner, type DiscoveryService, type ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Method } from './method-proxy.js';

export interface ClassLike {
  readonly name: string;
  readonly prototype: object;
}

/** Where the instances of an application are found. */
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

/** The classes that are known before anything has started: not those of which a factory is still making an instance. */
export function classesOf(application: Application): ClassLike[] {
  return wrappersOf(application).flatMap(({ metatype, instance }) => {
    if (isClass(metatype)) return metatype;
    const type: unknown = (instance as object | null | undefined)?.constructor;
    return isClass(type) ? type : [];
  });
}

/** Each instance once, however many tokens lead to it. */
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

/** All on which Nest calls its own hooks. Modules that others depend on come first, as in these. */
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

/** Of a class, or of the prototype that a decorator of a method is given. */
export function classNameOf(target: object): string {
  return (typeof target === 'function' ? target : target.constructor).name;
}

/** The names of all methods of a class, own and inherited. */
export function methodNames({ prototype }: { readonly prototype: object }): readonly string[] {
  // A scanner of its own, since each remembers every class that it was shown, and what that holds.
  return new MetadataScanner().getAllMethodNames(prototype);
}

export function methodOf(instance: object, name: string): Method {
  return (instance as Record<string, Method>)[name] as Method;
}
