import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { testDatabase } from '../support/database.js';
import { codeBlocksOf, completed, pages, quoted, read } from '../../tooling/documentation.mjs';
import { typeErrors } from '../support/type-errors.js';
import { root } from '../../tooling/project-root.mjs';

const codeBlocks = pages
  .flatMap(codeBlocksOf)
  .map((block) => ({ ...block, place: `${block.page}:${block.line}` }));
type CodeBlock = (typeof codeBlocks)[number];

/** Languages of which there is no parser here: they are read by people alone. */
const UNCHECKED = ['dockerfile', 'go', 'ini', 'java', 'promql', 'python', 'text'];
const CHECKED = ['ts', 'js', 'json', 'yaml', 'sh', 'sql'];

const database = await testDatabase();

const inLanguage = (...languages: string[]) =>
  codeBlocks.filter(({ language, from }) => languages.includes(language) && from === undefined);

it('every code block says in which language it is', () => {
  const others = codeBlocks.filter(
    ({ language }) => ![...CHECKED, ...UNCHECKED].includes(language),
  );

  expect(others.map(({ place, language }) => `${place}: ${language}`)).toEqual([]);
});

describe('quotations', () => {
  const quotations = codeBlocks.filter(({ from }) => from !== undefined);

  it.each(quotations)('$place is $from as it is', ({ from, code }) => {
    expect(code).toBe(quoted(from as string));
  });

  it('are there of every example that is run as a test', () => {
    const examples = readdirSync(`${root}/test/examples`, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => `test/examples/${path.replaceAll('\\', '/')}`);

    expect(examples.length).toBeGreaterThan(0);
    const sources = quotations.map(({ from }) => from?.split('#')[0] ?? '');
    const applications = sources.filter((path) => /^test\/applications\/[^/]+\/app\//.test(path));
    expect(new Set(sources)).toEqual(new Set([...examples, ...applications]));
  });
});

describe('TypeScript', () => {
  const blocks = inLanguage('ts', 'js');
  const wrong = [
    { path: 'docs/wrong.md.1.ts', text: "LeaderElectionModule.forRoot({ conection: '' });" },
    { path: 'docs/wrong.md.2.ts', text: "import { Leader } from 'nestjs-leader-election';" },
  ];
  const errors = typeErrors([...blocks.map(asFile), ...wrong]);

  it.each(blocks)('$place compiles', (block) => {
    expect(errors.get(asFile(block).path)).toEqual([]);
  });

  it.each(wrong)('$path does not compile, since it is wrong', ({ path }) => {
    expect(errors.get(path)).toHaveLength(1);
  });
});

/** Beside the page, so that it resolves what a file of the project would. */
function asFile(block: CodeBlock) {
  const extension = block.language === 'ts' ? 'ts' : 'cjs';
  return { path: `${block.page}.${block.line}.${extension}`, text: completed(block) };
}

describe('JSON and YAML', () => {
  it.each(inLanguage('json', 'yaml'))('$place can be parsed', ({ language, code }) => {
    const errors =
      language === 'json'
        ? () => (JSON.parse(code), [])
        : () => parseAllDocuments(code, { strict: true }).flatMap((document) => document.errors);

    expect(errors()).toEqual([]);
  });
});

describe('shell commands', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

  it.each(inLanguage('sh'))(
    '$place can be parsed, and names npm scripts that there are',
    (block) => {
      const { status, stderr } = spawnSync('bash', ['-n'], { input: block.code, encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });

      const named = [...block.code.matchAll(/\bnpm run (?:-\S+ )*([\w:-]+)/g)].map(
        ([, name]) => name,
      );
      expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
    },
  );
});

describe('SQL', () => {
  it.each(inLanguage('sql'))('$place is what PostgreSQL takes', async ({ code, context = '' }) => {
    const statement = code.startsWith('CREATE')
      ? code
      : `PREPARE example AS ${code}; DEALLOCATE example`;
    // In one transaction, so that nothing of it is left for the next block.
    await database.query(`BEGIN; ${context}; ${statement}; ROLLBACK`);
  });
});
