import { boundsPart } from './parts/bounds/bounds-part.mjs';
import { database } from './parts/database/database-part.mjs';
import { endurance } from './parts/endurance/endurance-part.mjs';
import { failover } from './parts/failover/failover-part.mjs';
import { inProcess } from './parts/process/process-part.mjs';
import { storm } from './parts/storm/storm-part.mjs';

/** In the order of the report. @type {readonly import('./parts/part.mjs').Part<any>[]} */
export const parts = [failover, boundsPart, database, storm, inProcess, endurance];
