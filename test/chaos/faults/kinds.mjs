import { networkFaults } from './network-faults.mjs';
import { processFaults } from './process-faults.mjs';
import { serverFaults } from './server-faults.mjs';

/** Those that strike one instance. */
export const instanceFaults = [...processFaults, ...networkFaults];

export const allFaults = [...instanceFaults, ...serverFaults];
