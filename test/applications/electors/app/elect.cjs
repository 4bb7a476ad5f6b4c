// The same package by `require`, as a CommonJS application loads it.
const assert = require('node:assert/strict');
const { LeaderElectionModule } = require('nestjs-leader-election');
const { Elector } = require('nestjs-leader-election/core');
const { LeaderElectionTestingModule } = require('nestjs-leader-election/testing');

const connection = /** @type {string} */ (process.argv[2]);
assert.equal(typeof LeaderElectionModule.forRoot, 'function');
assert.equal(typeof LeaderElectionTestingModule.forRoot, 'function');

const left = new AbortController();
const elector = new Elector({
  connection,
  name: 'smoke',
  onElected: ({ term }) => {
    console.log(`elected in term ${term}`);
    left.abort();
  },
  onDemoted: () => {},
});
void elector.run(left.signal);
