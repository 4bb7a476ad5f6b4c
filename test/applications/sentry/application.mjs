// An application that Sentry instruments, which replaces the methods with a schedule behind everybody's back.
import { nest, usualDependencies } from '../application.mjs';

/** @type {import('../application.mjs').Application[]} */
export default [
  {
    name: 'sentry-nest-11-commonjs',
    async run(workspace) {
      workspace.copy(new URL('./app', import.meta.url), 'src');
      const dependencies = { ...usualDependencies, ...nest[11], '@sentry/nestjs': '^10.0.0' };
      await workspace.install({ dependencies });
      await workspace.compile();
      await workspace.runNode('dist/main.js');
    },
  },
];
