import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

/** `<!-- from some/file.ts -->` says that the code below it is that file. */
const QUOTATION = /<!-- from (\S+) -->\s*```ts\n(.*?)```/gs;

const quotations = readdirSync(new URL('docs/', root))
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) =>
    [...read(`docs/${name}`).matchAll(QUOTATION)].map(([, file, code]) => ({
      page: `docs/${name}`,
      file: String(file),
      code,
    })),
  );

describe('the documentation', () => {
  it.each(quotations)('quotes $file in $page as it is', ({ file, code }) => {
    expect(code).toBe(read(file));
  });

  it('quotes every example of how to test', () => {
    const examples = readdirSync(new URL('test/examples/testing/', root));

    expect(quotations.map(({ file }) => file)).toEqual(
      expect.arrayContaining(examples.map((name) => `test/examples/testing/${name}`)),
    );
    expect(examples).toHaveLength(3);
  });
});
