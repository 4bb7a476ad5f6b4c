import { parseArgs } from 'node:util';

/** @typedef {import('./parts/part.mjs').Part<any>} Part */

/**
 * @param {readonly string[]} args
 * @param {readonly Part[]} parts
 */
export function readOptions(args, parts) {
  const numbers = new Set(parts.flatMap(({ options }) => Object.keys(options)));
  const { values: read, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...Object.fromEntries(
        [...numbers].map((name) => [name, { type: /** @type {const} */ ('string') }]),
      ),
      write: { type: 'boolean', default: false },
      'report-only': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  /** @type {Record<string, string | boolean | undefined>} */
  const values = read;
  const named = positionals.length > 0 ? positionals.map((name) => find(parts, name)) : [...parts];
  /** @type {Record<string, number>} */
  const given = {};
  for (const name of numbers) {
    const text = values[name];
    if (text !== undefined) given[name] = number(name, String(text));
  }
  for (const name of Object.keys(given)) {
    if (named.some(({ options }) => name in options)) continue;
    throw new Error(`--${name} is not an option of ${named.map((part) => part.name).join(', ')}`);
  }
  return {
    help: values['help'] === true ? usage(parts) : undefined,
    named,
    measured: values['report-only'] === true ? [] : named.map((part) => withOptions(part, given)),
    write: values['write'] === true,
  };
}

/** @param {readonly Part[]} parts */
function usage(parts) {
  const lines = parts.map(({ name, title, options }) => {
    const flags = Object.entries(options).map(([option, value]) => `[--${option} ${value}]`);
    return `  ${name.padEnd(10)} ${title}${flags.map((flag) => ` ${flag}`).join('')}`;
  });
  return [
    'Usage: npm run bench -- [part…] [options]',
    '',
    'Measures the named parts, or all parts, and writes the report. The parts and their options, with defaults:',
    ...lines,
    '',
    '  --write        write the report to docs/benchmarks.md instead of reports/bench',
    '  --report-only  measure nothing; write the report from the latest measurements',
    '  -h, --help     show this help',
  ].join('\n');
}

/** @param {readonly Part[]} parts @param {string} name */
function find(parts, name) {
  const part = parts.find((other) => other.name === name);
  if (part) return part;
  throw new Error(
    `A part must be one of ${parts.map((other) => other.name).join(', ')}; given: ${name}`,
  );
}

/** @param {string} name @param {string} text */
function number(name, text) {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new Error(`--${name} must be a number greater than 0; given: ${text}`);
}

/** @param {Part} part @param {Record<string, number>} given */
function withOptions(part, given) {
  const values = Object.fromEntries(
    Object.entries(part.options).map(([name, value]) => [name, given[name] ?? value]),
  );
  const flags = Object.entries(values).map(([name, value]) => `--${name} ${value}`);
  return { part, values, command: `npm run bench:${part.name} -- ${flags.join(' ')}` };
}
