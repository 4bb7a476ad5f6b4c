// With OpenTelemetry's instrumentation of pg: which statements get a span, and inside which other span.
import { nest, usualDependencies, versionsOf } from '../application.mjs';

/** @type {import('../application.mjs').Application[]} */
export default [
  {
    name: 'tracing',
    async run(workspace) {
      workspace.copy(new URL('./app', import.meta.url), 'src');
      await workspace.install({
        dependencies: {
          ...usualDependencies,
          ...nest[12],
          ...versionsOf('@opentelemetry/api', '@types/pg'),
          '@opentelemetry/instrumentation-pg': '^0.76.0', // The last one for Node 20.
          '@opentelemetry/sdk-trace-node': '^2.12.0',
        },
      });
      await workspace.compile();
      await workspace.runNode('dist/main.js');
    },
  },
];
