// One file for each topic; all run at once, since most of the time they wait. Ends by itself, when nothing is left to do.
import 'reflect-metadata';
import assert from 'node:assert/strict';
import { log } from './instance.js';
import { jobs, schedulersTwice } from './jobs.js';
import { lateModules } from './late-modules.js';
import { metrics } from './metrics.js';
import { refusals } from './refusals.js';
import { streams } from './streams.js';
import { longHook, missingPassword, passwordIsMissing, sameInstanceId } from './warnings.js';
import { withoutNest } from './without-nest.js';

async function main() {
  await Promise.all([
    longHook(),
    sameInstanceId(),
    missingPassword(),
    refusals(),
    jobs(),
    schedulersTwice(),
    lateModules(),
    withoutNest(),
    metrics(),
    streams('express'),
    streams('fastify'),
  ]);

  const errors = log.of('error').filter((line) => !line.startsWith(passwordIsMissing));
  assert.deepEqual(errors, []);
  console.log(`Node ${process.versions.node}: all topics in ${process.uptime().toFixed(1)} s`);
}

void main();
