// Two electors that compete for a lock, and the command-line tool, in a directory with nothing but the package and its peers.
import { join } from 'node:path';
import { usualDependencies, versionsOf } from '../application.mjs';

/** @type {import('../application.mjs').Application[]} */
export default [
  {
    name: 'electors',
    async run(workspace) {
      workspace.copy(new URL('./app', import.meta.url));
      await workspace.install({
        dependencies: { ...usualDependencies, ...versionsOf('@nestjs/common', '@nestjs/core') },
      });
      for (const script of ['elect.mjs', 'elect.cjs']) await workspace.runNode(script);
      const tool = join('node_modules', 'nestjs-leader-election', 'dist', 'cli', 'main.js');
      for (const command of ['check', 'status'])
        await workspace.run(workspace.node, [tool, command, '--url', workspace.url]);
    },
  },
];
