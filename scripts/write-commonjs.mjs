// Part of npm run build: what require() finds.
import { writeCommonjsEntries } from '../tooling/build/commonjs-entries.mjs';
import { root } from '../tooling/project-root.mjs';

writeCommonjsEntries(root);
