// Part of npm run build: what require() finds, and JavaScript without comments.
import { writeCommonjsEntries } from '../tooling/build/commonjs-entries.mjs';
import { removeComments } from '../tooling/build/remove-comments.mjs';
import { root } from '../tooling/project-root.mjs';

removeComments(root);
writeCommonjsEntries(root);
