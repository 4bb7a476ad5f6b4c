// Evaluates classes that use the decorators a thousand times, as hot reloads and test files do, lets them go, and prints
// what is left. What the garbage collector can't take is held by the library.
import 'reflect-metadata';
import { pathToFileURL } from 'node:url';
import { queryObjects } from 'node:v8';
import { UseGuards } from '@nestjs/common';
import { Cron, Interval } from '@nestjs/schedule';

const [compiled = ''] = process.argv.slice(2);
const load = (/** @type {string} */ file) => import(pathToFileURL(`${compiled}/${file}.js`).href);
const { IsLeader, LeaderGuard, LeaderOnly } = await load('lib/index');
const { ElectionEnhancer } = await load('lib/binding/registry-lookup');

/** What all of them extend, and so are counted by. */
class Evaluated {}

/** @param {number} number of an election that no other class names */
function evaluate(number) {
  class Jobs extends Evaluated {
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
  IsLeader(`election ${number}`)(Jobs.prototype, 'show', 0);
  decorate('show', UseGuards(LeaderGuard.for(`election ${number}`)));
  LeaderOnly(`election ${number}`)(Jobs);
  return Jobs;
}

function left() {
  const kinds = { Evaluated, ElectionEnhancer, WeakRef };
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, type]) => [kind, queryObjects(type, { format: 'count' })]),
  );
}

/** What a reference was made to in this turn of the event loop stays until its end; that it was collected is told in a later one. */
async function settle() {
  await new Promise(setImmediate);
  left();
  for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
}

evaluate(0);
await settle();
const before = left();
const held = Array.from({ length: 1_000 }, (_, index) => evaluate(1 + index));
const evaluated = left();
held.length = 0;
await settle();
process.stdout.write(JSON.stringify({ before, evaluated, after: left() }));
