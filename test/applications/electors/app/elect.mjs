// Two electors, one lock: the second leads once the first has gone. Runs in a directory that has
// the package installed.
import assert from 'node:assert/strict';
import { LeaderElectionModule } from 'nestjs-leader-election';
import { Elector } from 'nestjs-leader-election/core';
import { LeaderElectionTestingModule } from 'nestjs-leader-election/testing';

const connection = /** @type {string} */ (process.argv[2]);
assert.equal(typeof LeaderElectionModule.forRoot, 'function');
assert.equal(typeof LeaderElectionTestingModule.forRoot, 'function');

const first = candidate();
const firstTerm = await first.elected;
const second = candidate();
await first.leave();
const secondTerm = await second.elected;
await second.leave();
assert.ok(secondTerm > firstTerm);
console.log(`elected in term ${firstTerm}, succeeded in term ${secondTerm}`);

function candidate() {
  const left = new AbortController();
  /** @type {(term: bigint) => void} */
  let resolve = () => {};
  /** @type {Promise<bigint>} */
  const elected = new Promise((settle) => (resolve = settle));
  const elector = new Elector({
    connection,
    name: 'smoke',
    onElected: ({ term }) => resolve(term),
    onDemoted: () => {},
  });
  const run = elector.run(left.signal);
  return {
    elected,
    async leave() {
      left.abort();
      await run;
    },
  };
}
