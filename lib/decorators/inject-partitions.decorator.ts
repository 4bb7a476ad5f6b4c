import { Inject } from '@nestjs/common';
import type { PartitionSet } from '../core/partitions.js';

const used = new Map<string, PartitionSet>();

/** The injection token of the {@link PartitionsService} of a set. */
export function getPartitionsToken(partitions: PartitionSet): string {
  const token = `PartitionsService(${String(partitions)})`;
  used.set(token, partitions);
  return token;
}

/**
 * Injects the {@link PartitionsService} of a set of partitions.
 *
 * @param partitions a set in the module's option `elections`; any other set fails at start
 * @example
 * ```ts
 * export const orders = partitions('orders', 48);
 * // …
 * constructor(@InjectPartitions(orders) private readonly orders: PartitionsService) {}
 * ```
 */
export function InjectPartitions(partitions: PartitionSet): PropertyDecorator & ParameterDecorator {
  return Inject(getPartitionsToken(partitions));
}

/**
 * All sets whose token has been requested. The module needs them before it knows its options, which may come from a
 * factory.
 *
 * @internal
 */
export function usedPartitions(): readonly PartitionSet[] {
  return [...used.values()];
}
