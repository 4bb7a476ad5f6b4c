import { parseArgs } from 'node:util';
import { readNumber } from '../../tooling/read-number.mjs';
import { allFaults } from './faults/kinds.mjs';

const HELP = `npm run test:chaos [-- options]

  --faults N      end after so many faults                                     (default 100, unless --minutes is given)
  --minutes M     end after so many minutes
  --seed S        what happens, and in which order                             (default: a random one, which is printed)
  --instances N   processes that take part                                     (default 5)
  --takeover T    fast, or strict; only fast may have two leaders for a moment,
                  after a session that ended at the server alone               (default fast)
  --partitions N  besides the one election, so many partitions that the instances
                  share (spread)                                               (default none)
  --max-candidates N
                  so many instances have a session, the others are in reserve  (default all)
  --pooler        through PgBouncer in session mode, which restarts now and
                  then; always strict
  --out DIR       where the report goes                                        (default reports/chaos)

What happens, as far as it is possible with these options and on this machine:

${allFaults.map(({ kind }) => `  ${kind}`).join('\n')}
`;

/** @param {string} name @param {string | undefined} text @param {number} least */
function number(name, text, least) {
  return text === undefined ? undefined : readNumber(name, text, least);
}

export function readOptions() {
  const { values } = parseArgs({
    options: {
      faults: { type: 'string' },
      minutes: { type: 'string' },
      seed: { type: 'string' },
      instances: { type: 'string', default: '5' },
      takeover: { type: 'string', default: 'fast' },
      partitions: { type: 'string', default: '0' },
      'max-candidates': { type: 'string' },
      pooler: { type: 'boolean', default: false },
      out: { type: 'string', default: 'reports/chaos' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit();
  }
  const takeover = values.pooler ? 'strict' : values.takeover;
  if (takeover !== 'fast' && takeover !== 'strict') {
    throw new Error(`--takeover must be fast or strict; given: ${takeover}`);
  }
  const minutes = number('minutes', values.minutes, 0.1);
  return {
    faults: number('faults', values.faults, 1) ?? (minutes === undefined ? 100 : Infinity),
    minutes: minutes ?? Infinity,
    seed: number('seed', values.seed, 0) ?? Math.floor(Math.random() * 1e9),
    instances: number('instances', values.instances, 2) ?? 5,
    takeover: /** @type {'fast' | 'strict'} */ (takeover),
    partitions: number('partitions', values.partitions, 0) ?? 0,
    maxCandidates: number('max-candidates', values['max-candidates'], 1),
    pooler: values.pooler,
    out: values.out,
  };
}
