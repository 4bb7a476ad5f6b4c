// Tests that need Prometheus, which npm does not bring. `npm test` leaves them out.
import everything from '../../jest.config.mjs';

/** @type {import('jest').Config} */
export default {
  ...everything,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/monitoring/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
