import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { writeCommonjsEntries } from '../../tooling/build/commonjs-entries.mjs';
import { compile } from '../../tooling/build/compile-folders.mjs';
import { root } from '../../tooling/project-root.mjs';

/** A project that has the package and the peers that are not optional. */
const project = mkdtempSync(join(tmpdir(), 'optional-peers-'));
afterAll(() => {
  rmSync(project, { recursive: true, force: true });
});
// Of its own: Node would look for one in the directories above.
writeFileSync(join(project, 'package.json'), '{ "private": true }');
const installed = join(project, 'node_modules', 'nestjs-leader-election');
mkdirSync(installed, { recursive: true });
const compiled = await compile('lib');
cpSync(join(compiled.directory, 'lib'), join(installed, 'dist'), { recursive: true });
await compiled.remove();
cpSync(join(root, 'package.json'), join(installed, 'package.json'));
writeCommonjsEntries(installed);
for (const peer of ['@nestjs/common', '@nestjs/core', 'pg', 'reflect-metadata', 'rxjs']) {
  const link = join(project, 'node_modules', peer);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join(root, 'node_modules', peer), link, 'junction');
}

function run(program: string, type: 'module' | 'commonjs' = 'module') {
  const args = [`--input-type=${type}`, '--unhandled-rejections=strict', '--eval', program];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: project,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

describe.each([
  { how: 'imported', type: 'module', load: 'await import' },
  { how: 'required', type: 'commonjs', load: 'require' },
] as const)('without its optional peer, and $how', ({ type, load }) => {
  it.each([
    { entryPoint: 'terminus', peer: '@nestjs/terminus', file: 'health/terminus.js' },
    { entryPoint: 'opentelemetry', peer: '@opentelemetry/api', file: 'metrics/opentelemetry.js' },
  ])(
    'the entry point $entryPoint says which package is not installed',
    ({ entryPoint, peer, file }) => {
      const { status, stderr } = run(`${load}('nestjs-leader-election/${entryPoint}')`, type);

      expect(stderr).toContain(
        `Error [ERR_MODULE_NOT_FOUND]: Cannot find package '${peer}' imported from ${join(installed, 'dist', file)}\n`,
      );
      expect(status).toBe(1);
    },
  );

  it('the entry point prometheus says that it takes the one of the application', () => {
    const program = `(async () => new (${load}('nestjs-leader-election/prometheus')).PrometheusMetrics())()`;
    const { status, stderr } = run(program, type);

    expect(stderr).toContain("Option `client` must be the application's prom-client");
    expect(status).toBe(1);
  });
});

describe('without any optional peer', () => {
  it('an application elects, calls hooks and gates methods', () => {
    const { status, stdout, stderr } = run(`
      import 'reflect-metadata';
      import { NestFactory } from '@nestjs/core';
      import * as election from 'nestjs-leader-election';
      class Duty {
        onElected({ term }) { console.log('elected'); }
        onDemoted(leadership, reason) { console.log('demoted', reason); }
        work() { console.log('worked', election.currentLeadership().election); }
      }
      const work = Object.getOwnPropertyDescriptor(Duty.prototype, 'work');
      election.LeaderOnly()(Duty.prototype, 'work', work);
      Object.defineProperty(Duty.prototype, 'work', work);
      election.LeaderOnly()(Duty);
      const imports = [election.LeaderElectionModule.forRoot({ standalone: true })];
      const module = { module: class App {}, imports, providers: [Duty] };
      const app = await NestFactory.createApplicationContext(module, { logger: false });
      await app.get(election.LeaderElectionService).whenLeader();
      app.get(Duty).work();
      await app.close();
    `);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual(['elected', 'worked default', 'demoted shutdown']);
  });

  it('a message to a standby, which no filter of microservices or gateways can turn into an answer, is refused', () => {
    const program = (kind: string) => `
      import 'reflect-metadata';
      import { ExternalContextCreator, NestFactory } from '@nestjs/core';
      import { LeaderElectionModule, LeaderOnly } from 'nestjs-leader-election';
      class Handler { handle() {} }
      const handle = Object.getOwnPropertyDescriptor(Handler.prototype, 'handle');
      LeaderOnly()(Handler.prototype, 'handle', handle);
      Object.defineProperty(Handler.prototype, 'handle', handle);
      const imports = [LeaderElectionModule.forRoot({ connection: { port: 1 }, candidate: false })];
      const module = { module: class App {}, imports, providers: [Handler] };
      const app = await NestFactory.createApplicationContext(module, { logger: false });
      const handler = app.get(Handler);
      const call = app.get(ExternalContextCreator).create(
        handler, handler.handle, 'handle', undefined, undefined, undefined, undefined, undefined, '${kind}',
      );
      await call().catch(({ name }) => console.log(name));
      await app.close();
    `;

    for (const kind of ['rpc', 'ws'])
      expect(run(program(kind))).toEqual({ status: 0, stdout: 'NotLeaderError\n', stderr: '' });
  });

  it('an application that stands alone lives on, as one with a connection does', () => {
    const program = `
      import 'reflect-metadata';
      import { NestFactory } from '@nestjs/core';
      import { LeaderElectionModule } from 'nestjs-leader-election';
      const imports = [LeaderElectionModule.forRoot({ standalone: true })];
      const app = await NestFactory.createApplicationContext({ module: class App {}, imports }, { logger: false });
      await new Promise((resolve) => setTimeout(resolve, 50).unref());
      console.log('alive');
      await app.close();
    `;

    expect(run(program)).toEqual({ status: 0, stdout: 'alive\n', stderr: '' });
  });

  it.each(['core', 'testing'])('the entry point %s loads', (entryPoint) => {
    const program = `console.log(Object.keys(await import('nestjs-leader-election/${entryPoint}')).length > 0)`;

    expect(run(program)).toEqual({ status: 0, stdout: 'true\n', stderr: '' });
  });
});
