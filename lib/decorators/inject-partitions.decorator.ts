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
 * @param partitions those that the module's option `elections` declares; anything else fails at start
 */
export function InjectPartitions(partitions: PartitionSet): PropertyDecorator & ParameterDecorator {
  return Inject(getPartitionsToken(partitions));
}

/**
 * The sets of which anybody has asked for the token. The module needs them before its options are known, which may come from a
 * factory.
 *
 * @internal
 */
export function usedPartitions(): readonly PartitionSet[] {
  return [...used.values()];
}
