/** What is needed of the interfaces `Context` and `ContextManager` of @opentelemetry/api. */
interface Context {
  setValue(key: symbol, value: unknown): Context;
}
interface ContextManager {
  active(): Context;
  with<T>(context: Context, work: () => T): T;
}

/**
 * Where every copy of @opentelemetry/api 1.x looks for the context manager that one of them has registered. So there is no
 * need to load it: where nobody has, nothing is traced; and where somebody has, it need not be installed where we would
 * find it, as with `node --require` of an agent.
 */
const API = Symbol.for('opentelemetry.js.api.1');

/** The key of `suppressTracing()` of @opentelemetry/core. */
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

/**
 * Runs a statement of the election's own. With OpenTelemetry, it gets no span: the heir's tries alone would be twenty a
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
