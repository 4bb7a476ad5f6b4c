import { swcOptions } from './tooling/build/swc-options.mjs';

/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/{test,sample,bench,scripts,tooling}/**/*.test.ts'],
  // Those have scripts of their own: npm run test:monitoring, test:pooler, test:browser.
  testPathIgnorePatterns: [
    '/node_modules/',
    '<rootDir>/test/monitoring/',
    '<rootDir>/test/pooler/',
    '<rootDir>/sample/02-cluster/test/browser/',
  ],
  testEnvironment: '<rootDir>/test/support/environment.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', swcOptions],
  },
  moduleNameMapper: {
    // Sources name the compiled file, as Node wants it; under test it is the .ts beside them.
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^nestjs-leader-election$': '<rootDir>/lib/index.ts',
    '^nestjs-leader-election/core$': '<rootDir>/lib/core/index.ts',
    '^nestjs-leader-election/testing$': '<rootDir>/lib/testing/index.ts',
    '^nestjs-leader-election/terminus$': '<rootDir>/lib/health/terminus.ts',
    '^nestjs-leader-election/prometheus$': '<rootDir>/lib/metrics/prometheus.ts',
    '^nestjs-leader-election/opentelemetry$': '<rootDir>/lib/metrics/opentelemetry.ts',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  coverageProvider: 'v8',
  collectCoverageFrom: ['lib/**/*.ts'],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  maxWorkers: 3,
  // On a busy machine a worker takes more than the usual half a second to end. One that something keeps alive never ends.
  workerGracefulExitTimeout: 10_000,
  testTimeout: 30_000,
};
