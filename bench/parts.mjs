import { boundsPart } from './parts/bounds/bounds-part.mjs';
import { databasePart } from './parts/database/database-part.mjs';
import { endurancePart } from './parts/endurance/endurance-part.mjs';
import { failoverPart } from './parts/failover/failover-part.mjs';
import { partitionsPart } from './parts/partitions/partitions-part.mjs';
import { processPart } from './parts/process/process-part.mjs';
import { reservePart } from './parts/reserve/reserve-part.mjs';
import { stormPart } from './parts/storm/storm-part.mjs';

/** In the order of the report. @type {readonly import('./parts/part.mjs').Part<any>[]} */
export const parts = [
  failoverPart,
  boundsPart,
  databasePart,
  stormPart,
  reservePart,
  partitionsPart,
  processPart,
  endurancePart,
];
