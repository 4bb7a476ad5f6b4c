/**
 * A function that behaves as `method` (name, length, metadata of other decorators) but is called through `apply`.
 *
 * The metadata has to be copied because decorators read it from the function that they find on the class.
 *
 * @internal
 */
export function proxyMethod(
  method: Method,
  apply: (method: Method, instance: object, args: unknown[]) => unknown,
): Method {
  const proxy = new Proxy(method, {
    apply: (target, instance: object, args: unknown[]) => apply(target, instance, args),
  });
  for (const key of Reflect.getOwnMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, method), proxy);
  }
  return proxy;
}

/** @internal */
export type Method = (this: unknown, ...args: unknown[]) => unknown;
