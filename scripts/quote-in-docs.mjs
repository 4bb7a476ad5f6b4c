// npm run docs:quote: updates the quotations in all pages from their source files.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeBlocksOf, pages, quoted, read } from '../tooling/documentation.mjs';
import { root } from '../tooling/project-root.mjs';

for (const page of pages) {
  const before = read(page);
  let after = before;
  // From the last to the first, so that the offsets of earlier blocks stay valid.
  for (const { from, code, offset } of codeBlocksOf(page).reverse()) {
    if (from === undefined) continue;
    after = after.slice(0, offset) + quoted(from) + after.slice(offset + code.length);
  }
  if (after === before) continue;
  writeFileSync(join(root, page), after);
  console.log(`Updated the quotations in ${page}`);
}
