import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/**
 * Writes, for each entry point, the module that require() finds, and its types.
 *
 * Node's require() loads ES modules since 20.19, and has no need of it. TypeScript has: `module: node16`, and `nodenext`
 * before 5.8, refuse to import an ES module into a CommonJS file.
 *
 * @param {string} directory of the package, which is built
 */
export function writeCommonjsEntries(directory) {
  const { exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  for (const target of Object.values(exports)) {
    if (typeof target === 'string') continue; // package.json
    const module = `./${basename(target.default)}`;
    writeFileSync(
      join(directory, target.require.default),
      `module.exports = require('${module}');\n`,
    );
    writeFileSync(
      join(directory, target.require.types),
      `// @ts-ignore: for TypeScript before 5.8\nexport * from '${module}';\n`,
    );
  }
}
