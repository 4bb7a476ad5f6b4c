// What a stranger sends: every type, each field with what it should be, what it may be at the most, and what it may not be.

/** Those that instances understand, those that they do not, and what is no message at all. */
const KNOWN = [
  'acquired',
  'elected',
  'leading',
  'stepping-down',
  'resigned',
  'resign-request',
  'same-name',
  'place-free',
  'who-leads',
  'roll-call',
];
export const TYPES = [...KNOWN, 'unknown', 'garbage'];

/** What PostgreSQL takes at most, in bytes. */
const LONGEST = 7_900;

const MIN_KEY = String(-(2n ** 63n));
const MAX_KEY = String(2n ** 63n - 1n);
const MAX_TERM = String(2n ** 64n - 1n);
/** Names that are more than names where an object serves as a table. */
const PITFALLS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];

const YEAR_2100 = Date.UTC(2100, 0);
/** The last moment that a Date can be, in the year 275760, and the first. */
const LAST = 8.64e15;

/** What is added to a message, in bytes, and how often. */
const TINY = { weight: 6, least: 0, most: 0 };
const LARGE = { weight: 1, least: LONGEST, most: LONGEST };
const MIXED = [TINY, { weight: 3, least: 1, most: 1_000 }, LARGE];
const HUGE = [LARGE];

/** How many messages are of one mood. */
const MOOD = 4_000;

/** Not what any field may be. */
const WRONG = [null, true, -1.5, 1e308, '', 'x'.repeat(513), [], {}, { v: 1 }, ['a']];

/**
 * What a field may be.
 *
 * @typedef {object} Field
 * @property {readonly unknown[]} usual
 * @property {readonly unknown[]} extreme and still allowed
 * @property {readonly unknown[]} [wrong] besides what is wrong everywhere
 * @property {number} usually how often it is as usual
 * @property {boolean} [optional]
 */

/** @type {Pick<Field, 'extreme' | 'optional'>} */
const OF_TEXT = { extreme: PITFALLS, optional: true };

/** Who can be named, as the server's lists show them to everybody. */
/** @typedef {{ keys: readonly string[], instances: readonly string[] }} Targets */

export class Messages {
  /** @type {Targets} */
  targets = { keys: ['0'], instances: ['nobody'] };
  #random;
  /** All that may be sent. */
  #types;
  /** What is sent at the moment. */
  #mood = { types: /** @type {readonly string[]} */ ([]), sizes: MIXED };
  #sent = 0;

  /** @param {import('../../chaos/random.mjs').Random} random @param {readonly string[]} types */
  constructor(random, types) {
    this.#random = random;
    this.#types = types;
  }

  /** The next message; no two are the same, since the server delivers equal ones of a transaction once. */
  next() {
    if (this.#sent % MOOD === 0) this.#changeMood();
    this.#sent += 1;
    const type = this.#random.pick(this.#mood.types);
    if (type === 'garbage') return this.#garbage();
    // Two of three are as they should be, and go as deep as messages can.
    const isSpoilt = this.#random.chance(0.33);
    const fields = this.#fields();
    /** @type {Record<string, unknown>} */
    const message = {
      v: isSpoilt && this.#random.chance(0.1) ? this.#random.pick([0, 2, '1', null]) : 1,
      type: type === 'unknown' ? this.#random.pick(['present', '', null, 7, ...PITFALLS]) : type,
      n: this.#sent,
    };
    for (const [name, field] of Object.entries(fields)) {
      const isWrong = isSpoilt && this.#random.chance(0.25);
      if (this.#random.chance(field.optional ? 0.5 : isWrong ? 0.2 : 0)) continue;
      message[name] = isWrong ? this.#wrong(field) : this.#allowed(field);
    }
    return this.#padded(message);
  }

  /** Everything at once, or all of one kind. */
  #changeMood() {
    const types = this.#random.chance(0.5) ? this.#types : [this.#random.pick(this.#types)];
    this.#mood = { types, sizes: this.#random.chance(0.75) ? MIXED : HUGE };
  }

  /** Those of all types: who reads a message takes no notice of what does not belong to it. @returns {Record<string, Field>} */
  #fields() {
    const { keys, instances } = this.targets;
    const now = Date.now();
    const moment = {
      usual: [now, now - 1_000, now + 1_000],
      extreme: [now + 60_000, now - 86_400_000, YEAR_2100, LAST, -LAST, 0, -0, 0.5],
      wrong: [LAST + 1, '0', new Date(now).toISOString()],
      usually: 0.2,
    };
    return {
      key: {
        usual: keys,
        extreme: ['0', '1', MIN_KEY, MAX_KEY, '-0'],
        wrong: [String(2n ** 63n), '0x10', '1e3', 5],
        usually: 0.9,
      },
      instanceId: {
        usual: instances,
        extreme: [`stranger ${this.#sent}`, '\n', '\u0000', 'é'.repeat(512), ...PITFALLS],
        usually: 0.7,
      },
      servedUntil: moment,
      since: { ...moment, optional: true },
      term: {
        usual: ['1000'],
        extreme: ['0', MAX_TERM],
        wrong: [String(2n ** 64n), '-1', 3],
        usually: 0.3,
        optional: true,
      },
      takeover: { ...OF_TEXT, usual: ['fast', 'strict'], usually: 1 },
      successor: { ...OF_TEXT, usual: instances, usually: 0.5 },
      host: { ...OF_TEXT, usual: ['elsewhere'], usually: 0.5, optional: false },
      process: { usual: [1], extreme: [0, -1, 1e308], wrong: ['1'], usually: 0.7 },
      address: { ...OF_TEXT, usual: ['http://127.0.0.1:1'], usually: 0.5 },
    };
  }

  /** @param {Field} field */
  #allowed({ usual, extreme, usually }) {
    return this.#random.pick(this.#random.chance(usually) ? usual : extreme);
  }

  /** @param {Field} field */
  #wrong({ wrong = [] }) {
    return this.#random.pick([...wrong, ...WRONG]);
  }

  /** Of any size. @param {Record<string, unknown>} fields */
  #padded(fields) {
    const text = JSON.stringify(fields);
    const room = LONGEST - Buffer.byteLength(text) - '"pad":"",'.length;
    if (room < 0) return JSON.stringify({ v: 1, type: fields['type'], n: fields['n'] });
    const { least, most } = this.#random.weighted(this.#mood.sizes) ?? TINY;
    const length = Math.min(room, Math.round(this.#random.between(least, most)));
    return length > 0 ? `${text.slice(0, -1)},"pad":"${'p'.repeat(length)}"}` : text;
  }

  #garbage() {
    const n = String(this.#sent);
    return this.#random.pick([
      n,
      `"${n}"`,
      `[${n}]`,
      `{${n}`,
      `{"v":1,"v":1,"type":"elected","n":${n}}`,
      `{"v":1,"__proto__":{"type":"resign-request"},"n":${n}}`,
      `${n}${'['.repeat(LONGEST - n.length)}`,
      `${'[{"v":'.repeat(900)}${n}`,
      `\u202e\ud7ff ${n}`,
      `{"v":1,"type":"roll-call","n":"${n}${'é'.repeat(3_500)}"}`,
    ]);
  }
}
