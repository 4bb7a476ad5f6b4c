/** The parts of `Context` and `ContextManager` of @opentelemetry/api that are used here. */
interface Context {
  setValue(key: symbol, value: unknown): Context;
}
interface ContextManager {
  active(): Context;
  with<T>(context: Context, work: () => T): T;
}

/**
 * Where every copy of @opentelemetry/api 1.x finds the registered context manager. So this library need not load the
 * package: if none is registered, nothing is traced; if one is, it may be installed out of our reach, as with an agent
 * (`node --require`).
 */
const API = Symbol.for('opentelemetry.js.api.1');

/** The key of `suppressTracing()` of @opentelemetry/core. */
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/**
 * Runs a statement of this library without an OpenTelemetry span: the tries of the heir alone would create twenty per
 * second.
 *
 * @internal
 */
export function untraced<T>(work: () => T): T {
  const api = (globalThis as { [API]?: { readonly context?: ContextManager } })[API];
  const contexts = api?.context;
  if (!contexts) return work();
  return contexts.with(contexts.active().setValue(SUPPRESS_TRACING, true), work);
}
