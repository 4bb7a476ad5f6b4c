import assert from 'node:assert/strict';
import { ConsoleLogger, type ModuleMetadata, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { LeaderElectionTestingModule } from 'nestjs-leader-election/testing';

/** What the applications have logged as an error. */
export const errors: string[] = [];

class Log extends ConsoleLogger {
  override error(message: unknown, ...rest: unknown[]) {
    errors.push([message, ...rest].join(' '));
  }
}

export function start({ imports = [], ...others }: ModuleMetadata) {
  class App {}
  return NestFactory.createApplicationContext(
    { module: App, imports: [LeaderElectionTestingModule.forRoot(), ...imports], ...others },
    { abortOnError: false, logger: new Log('App', { logLevels: ['error'] }) },
  );
}

/** No package is needed to be refused, only its decorators. */
export async function isRefused(what: Type | ModuleMetadata, beginning: string) {
  const metadata = typeof what === 'function' ? { providers: [what] } : what;
  await assert.rejects(start(metadata), (error: Error) => {
    assert.equal(error.name, 'LeaderOnlyUsageError');
    assert.ok(error.message.startsWith(beginning), error.message);
    return true;
  });
}
