// As every application begins that is traced: before anything else is loaded.
import { trace } from '@opentelemetry/api';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
const instrumentation = new PgInstrumentation();
instrumentation.setTracerProvider(provider);

const tracer = trace.getTracer('application');

/** Runs work in a span of the application's own. */
export function inSpan<T>(name: string, work: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, (span) => work().finally(() => span.end()));
}

/** What has ended since the last call. */
export function takeSpans(): ReadableSpan[] {
  const spans = [...exporter.getFinishedSpans()];
  exporter.reset();
  return spans;
}

/** As `name < name of the parent`. */
export function describe(spans: readonly ReadableSpan[]): string[] {
  const names = new Map(spans.map((span) => [span.spanContext().spanId, nameOf(span)]));
  return spans.map((span) => {
    const { parentSpanContext: parent } = span;
    return parent ? `${nameOf(span)} < ${names.get(parent.spanId) ?? 'another'}` : nameOf(span);
  });
}

/** Without the name of the database, which the instrumentation adds. */
function nameOf({ name }: ReadableSpan): string {
  return name.replace(/^(pg\.query:\S+) .*/, '$1');
}
