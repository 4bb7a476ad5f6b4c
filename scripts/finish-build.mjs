// Part of npm run build: few files of JavaScript, the declarations that users need, and what require() finds.
import { bundlePackage } from '../tooling/build/bundle-package.mjs';
import { writeCommonjsEntries } from '../tooling/build/commonjs-entries.mjs';
import { root } from '../tooling/project-root.mjs';

await bundlePackage(root);
writeCommonjsEntries(root);
