import { boundsPart } from './bounds/part.mjs';
import { database } from './database/part.mjs';
import { endurance } from './endurance/part.mjs';
import { failover } from './failover/part.mjs';
import { inProcess } from './process/part.mjs';
import { storm } from './storm/part.mjs';

/** In the order of the report. @type {readonly import('./part.mjs').Part<any>[]} */
export const parts = [failover, boundsPart, database, storm, inProcess, endurance];
