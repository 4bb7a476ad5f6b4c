import { isDeepStrictEqual } from 'node:util';
import { type Attributes, createNoopMeter, type Meter } from '@opentelemetry/api';

interface Point {
  readonly name: string;
  readonly attributes: Attributes;
  count: number;
  sum: number;
}

/**
 * Adds up what instruments are told, as the SDK of OpenTelemetry does. The SDK itself, which is large, is in
 * test/applications/tracing.
 */
export function recordingMeter() {
  const points: Point[] = [];
  const find = (name: string, attributes: Attributes) =>
    points.find((one) => one.name === name && isDeepStrictEqual(one.attributes, attributes));
  const take = (name: string) => {
    return (value: number, attributes: Attributes = {}) => {
      let point = find(name, attributes);
      if (!point) points.push((point = { name, attributes, count: 0, sum: 0 }));
      point.count += 1;
      point.sum += value;
    };
  };
  const adding = (name: string) => ({ add: take(name) });
  const meter: Meter = Object.assign(createNoopMeter(), {
    createCounter: adding,
    createUpDownCounter: adding,
    createHistogram: (name: string) => ({ record: take(name) }),
  });
  return {
    meter,
    /** The sum of what was told with exactly these attributes. */
    sum: (name: string, attributes: Attributes) => find(name, attributes)?.sum,
    /** How often something was told with exactly these attributes. */
    count: (name: string, attributes: Attributes) => find(name, attributes)?.count,
  };
}
