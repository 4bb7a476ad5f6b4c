/** Values that throw when they are looked at, each in its own way. Whatever may be thrown may be one of these. */
export const hostileValues: readonly { readonly what: string; readonly make: () => unknown }[] = [
  { what: 'an object without a prototype', make: () => Object.create(null) as unknown },
  ...(['message', 'stack', 'name', 'toString'] as const).map((property) => ({
    what: `an error whose ${property} can't be read`,
    make: () =>
      Object.defineProperty(new Error('hidden'), property, {
        get() {
          throw new Error(`no ${property}`);
        },
      }),
  })),
  {
    what: 'an error whose message is no string',
    make: () => Object.assign(new Error(), { message: Object.create(null) as unknown }),
  },
  {
    what: 'an error that is its own cause',
    make: () => {
      const error = new Error('round and round');
      error.cause = error;
      return error;
    },
  },
  { what: 'a proxy that throws at everything', make: () => new Proxy(() => undefined, THROWS) },
  {
    what: 'a revoked proxy',
    make: () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
  },
  {
    what: 'an object whose Symbol.toPrimitive throws',
    make: () => ({
      [Symbol.toPrimitive]() {
        throw new Error('no primitive');
      },
    }),
  },
  {
    what: 'a function whose toString throws',
    make: () =>
      Object.assign(() => undefined, {
        toString() {
          throw new Error('no string');
        },
      }),
  },
  { what: 'an object whose toString gives an object', make: () => ({ toString: () => ({}) }) },
  { what: 'an error of another kind', make: () => Object.create(Error.prototype) as unknown },
  { what: 'a symbol', make: () => Symbol('thrown') },
  { what: 'a bigint', make: () => 1n },
  { what: 'a string', make: () => 'thrown' },
  { what: 'nothing', make: () => undefined },
  { what: 'null', make: () => null },
];

/** Every trap of a proxy throws. */
const THROWS: ProxyHandler<() => void> = new Proxy(
  {},
  {
    get: (_target, trap) => () => {
      throw new Error(`no ${String(trap)}`);
    },
  },
);
