// One fleet of instances under Node, Bun and Deno.
import { bunProgram, denoProgram } from '../../../tooling/npm-packages/bun-and-deno.mjs';
import { nest, usualDependencies } from '../application.mjs';

/** @type {import('../application.mjs').Application[]} */
export default [
  {
    name: 'runtimes',
    async run(workspace) {
      workspace.copy(new URL('./app', import.meta.url), 'src');
      const [bun, deno] = await Promise.all([
        bunProgram('1.4'),
        denoProgram('2.9'),
        workspace.install({ type: 'module', dependencies: { ...usualDependencies, ...nest[12] } }),
      ]);
      await workspace.compile();
      await workspace.runNode('src/hand-over.mjs', {
        BUN: bun,
        DENO: deno,
        DENO_NO_UPDATE_CHECK: '1',
      });
    },
  },
];
