/**
 * A function that looks like `method` (name, length, other properties, prototype, metadata of other decorators), but is
 * called through `apply`. Not a `Proxy`, whose calls V8 can't optimize.
 *
 * The metadata has to be copied because decorators read it from the function that they find on the class.
 *
 * @internal
 */
export function proxyMethod(
  method: Method,
  apply: (instance: object, args: unknown[]) => unknown,
): Method {
  // Written as a method, so that it is not a constructor, and has the `this` of the call.
  const written: { readonly proxy: Method } = {
    proxy(...args) {
      return apply(this as object, args);
    },
  };
  const { proxy } = written;
  Object.setPrototypeOf(proxy, Object.getPrototypeOf(method) as object | null);
  Object.defineProperties(proxy, Object.getOwnPropertyDescriptors(method));
  for (const key of Reflect.getOwnMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, method), proxy);
  }
  return proxy;
}

/** @internal */
export type Method = (this: unknown, ...args: unknown[]) => unknown;
