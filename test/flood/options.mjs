import { parseArgs } from 'node:util';
import { readNumber } from '../../tooling/read-number.mjs';
import { TYPES } from './stranger/messages.mjs';

const HELP = `npm run test:flood [-- options]

  --seconds N     how long the flood lasts, at least        (default 60)
  --rate N        notifications a second                    (default 2000)
  --takeover T    fast, strict, or both, one after another  (default both)
  --types T,T     only messages of these types: ${TYPES.join(', ')}
  --seed S        what is sent, and in which order          (default: a random one, which is printed)
`;

/** @typedef {import('nestjs-leader-election').Takeover} Takeover */

/** @type {Record<string, readonly Takeover[]>} */
const TAKEOVERS = { fast: ['fast'], strict: ['strict'], both: ['fast', 'strict'] };

export function readOptions() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      rate: { type: 'string', default: '2000' },
      takeover: { type: 'string', default: 'both' },
      types: { type: 'string', default: TYPES.join() },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit();
  }
  const takeovers = TAKEOVERS[values.takeover];
  if (!takeovers) {
    throw new Error(`--takeover must be fast, strict or both; given: ${values.takeover}`);
  }
  const types = values.types.split(',');
  const unknown = types.find((type) => !TYPES.includes(type));
  if (unknown !== undefined) {
    throw new Error(`--types must be some of ${TYPES.join()}; given: ${unknown}`);
  }
  return {
    seconds: readNumber('seconds', values.seconds, 5),
    rate: readNumber('rate', values.rate, 1),
    seed: readNumber('seed', values.seed, 0),
    takeovers,
    types,
  };
}

/** @typedef {ReturnType<typeof readOptions>} Options */
