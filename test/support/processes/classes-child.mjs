// node --expose-gc classes-child.mjs: evaluates classes that use the decorators a thousand times, as hot reloads and test
// files do, lets them go, and prints what is left. What the garbage collector can't take is held by the library.
import 'reflect-metadata';
import { pathToFileURL } from 'node:url';
import { queryObjects } from 'node:v8';
import { UseGuards } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { Cron, Interval } from '@nestjs/schedule';

const [compiled = ''] = process.argv.slice(2);
const load = (/** @type {string} */ file) => import(pathToFileURL(`${compiled}/${file}.js`).href);
const { IsLeader, LeaderGuard, LeaderOnly } = await load('lib/index');

/** The classes, and the guard and the pipe of each. @type {WeakRef<object>[]} */
const seen = [];

/** @param {number} number of an election that no other class names */
function evaluate(number) {
  class Jobs {
    tick() {}
    show() {}
  }
  /** @type {(key: 'tick' | 'show', ...decorators: MethodDecorator[]) => void} */
  const decorate = (key, ...decorators) => {
    const descriptor = /** @type {PropertyDescriptor} */ (
      Object.getOwnPropertyDescriptor(Jobs.prototype, key)
    );
    for (const decorator of decorators) decorator(Jobs.prototype, key, descriptor);
    Object.defineProperty(Jobs.prototype, key, descriptor);
  };
  decorate('tick', Interval(1), LeaderOnly(), Cron('* * * * *'));
  const guard = LeaderGuard.for(`election ${number}`);
  decorate('show', UseGuards(guard));
  IsLeader(`election ${number}`)(Jobs.prototype, 'show', 0);
  LeaderOnly(`election ${number}`)(Jobs);
  const [parameter] = Object.values(Reflect.getMetadata(ROUTE_ARGS_METADATA, Jobs, 'show'));
  seen.push(...[Jobs, guard, parameter.pipes[0]].map((held) => new WeakRef(held)));
  return Jobs;
}

const left = () => seen.filter((reference) => reference.deref()).length;

/** What a reference was made to in this turn of the event loop stays until its end; that it was collected is told in a later one. */
async function settle() {
  await new Promise(setImmediate);
  // A collection that had begun before spares what was allocated meanwhile. The next one does not.
  globalThis.gc?.();
  globalThis.gc?.();
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
}

const held = Array.from({ length: 1_000 }, (_, index) => evaluate(index));
await settle();
const evaluated = left();
held.length = 0;
await settle();
const after = left();
seen.length = 0;
await settle();
const references = queryObjects(WeakRef, { format: 'count' });
process.stdout.write(JSON.stringify({ evaluated, after, references }));
