// Tests that need Debian's Chromium, which npm does not bring. `npm test` leaves them out.
import everything from '../../../../jest.config.mjs';

/** @type {import('jest').Config} */
export default {
  ...everything,
  rootDir: '../../../..',
  testMatch: ['<rootDir>/sample/02-cluster/test/browser/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/sample/02-cluster/test/browser/global-setup.mjs',
  // Everything in it is another process: a browser, a server, instances, on a machine that may be busy.
  testTimeout: 120_000,
};
