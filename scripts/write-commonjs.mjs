// Part of npm run build: writes, for each entry point, the module that require() finds, and its types.
//
// Node's require() loads ES modules since 20.19, and has no need of it. TypeScript has: `module: node16`, and `nodenext`
// before 5.8, refuse to import an ES module into a CommonJS file.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../tooling/project-root.mjs';

const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
for (const target of Object.values(exports)) {
  if (typeof target === 'string') continue; // package.json
  const module = `./${basename(target.default)}`;
  writeFileSync(join(root, target.require.default), `module.exports = require('${module}');\n`);
  writeFileSync(
    join(root, target.require.types),
    `// @ts-ignore: for TypeScript before 5.8\nexport * from '${module}';\n`,
  );
}
