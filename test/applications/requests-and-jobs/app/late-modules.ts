import assert from 'node:assert/strict';
import { Injectable, Module } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { LeaderOnly, type OnElected } from 'nestjs-leader-election';
import { start } from './instance.js';

@LeaderOnly()
@Injectable()
class Consumer implements OnElected {
  onElected() {
    assert.fail('Nest does not start it');
  }
}

@Module({ providers: [Consumer] })
class LateModule {}

/** Nest never starts what is loaded when the application runs. */
export async function lateModules() {
  const { app, close } = await start({ standalone: true });

  await assert.rejects(
    app.get(LazyModuleLoader).load(() => LateModule),
    {
      name: 'LeaderOnlyUsageError',
      message:
        'Consumer is leader-only and was loaded after the application started (LazyModuleLoader), so it would never be ' +
        'started; import its module in the root module, or in another one that is not loaded lazily',
    },
  );
  await close();
}
