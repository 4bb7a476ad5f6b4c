import { dutiesFaults, schedulingFaults } from './faults/duties.mjs';
import { electionFaults } from './faults/election.mjs';
import { fleetFaults } from './faults/fleet.mjs';
import { postgresFaults } from './faults/postgres.mjs';
import { requestsFaults, testingFaults } from './faults/requests.mjs';
import { sessionFaults } from './faults/session.mjs';

/** All faults that are planted, one at a time. */
export const faults = [
  ...sessionFaults,
  ...electionFaults,
  ...fleetFaults,
  ...postgresFaults,
  ...dutiesFaults,
  ...schedulingFaults,
  ...requestsFaults,
  ...testingFaults,
];
