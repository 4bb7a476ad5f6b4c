import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';

const directory = await mkdtemp(join(tmpdir(), 'package-group-'));
afterAll(() => rm(directory, { recursive: true, force: true }));

process.env['PACKAGE_CACHE'] = join(directory, 'cache');
const { installGroup, load, programsOf } = await import('./package-group.mjs');

const group = pathToFileURL(join(directory, 'group', '/'));
const say = jest.spyOn(console, 'error').mockImplementation(() => {});
const npm = (folder: string, ...args: string[]) =>
  execFileSync('npm', [...args, '--offline', '--silent'], { cwd: join(directory, folder) });

async function write(file: string, content: string | object) {
  await mkdir(join(directory, file, '..'), { recursive: true });
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  await writeFile(join(directory, file), text);
}

/** A group of one package, which is a file: no registry is asked. */
beforeAll(async () => {
  await write('greeting/package.json', { name: 'greeting', version: '1.0.0', bin: 'greet.js' });
  await write('greeting/greet.js', '#!/usr/bin/env node\n');
  await write('greeting/index.js', "exports.greeting = 'Hello';\n");
  npm('greeting', 'pack');
  await write('group/package.json', {
    name: 'greetings',
    description: 'what greets',
    dependencies: { greeting: 'file:' + join(directory, 'greeting', 'greeting-1.0.0.tgz') },
  });
  npm('group', 'install', '--package-lock-only');
});

it('is installed once, also where several want it at once', async () => {
  const [one, other] = await Promise.all([installGroup(group), installGroup(group)]);
  say.mockClear();

  expect(await installGroup(group)).toBe(one);
  expect(other).toBe(one);
  expect(say).not.toHaveBeenCalled();
  expect(await readdir(join(directory, 'cache'))).toHaveLength(1);
  expect(existsSync(join(directory, 'group', 'node_modules'))).toBe(false);
});

it('has modules and programs', async () => {
  const home = await installGroup(group);

  const { greeting } = (await load(home, 'greeting')) as { greeting: string };
  expect(greeting).toBe('Hello');
  expect(await readdir(programsOf(home))).toContain('greeting');
});

it('is installed anew when its lockfile has changed, which it says, and leaves nothing where that fails', async () => {
  const before = await installGroup(group);
  say.mockClear();
  await write('group/package-lock.json', '{ "lockfileVersion": 3, "packages": {} }');

  await expect(installGroup(group)).rejects.toThrow('npm ci');
  expect(say).toHaveBeenCalledWith('Installing, this once: what greets …');
  expect(await readdir(join(directory, 'cache'))).toHaveLength(1);
  expect(existsSync(before)).toBe(true);
});
