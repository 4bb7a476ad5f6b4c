/**
 * Elects and demotes an instance in a test.
 *
 * @module nestjs-leader-election/testing
 */
export { LeaderElectionTestingModule } from './leader-election-testing.module.js';
export type { LeaderElectionTestingOptions } from './leader-election-testing.module.js';
export { LeaderElectionTesting } from './leader-election-testing.js';
export type { ElectionTesting } from './leader-election-testing.js';
export { withoutElection } from './without-election.js';
export { LeaderElectionTestingError } from './testing.error.js';
export type { LeaderElectionStageOptions } from './testing-backend.js';
export type { AnswerStatement } from './test-connection.js';
