// With OpenTelemetry's SDK: which statements get a span of the instrumentation of pg, and inside which other span; and what
// is exported of the metrics.
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
          '@opentelemetry/sdk-metrics': '^2.12.0',
          '@opentelemetry/sdk-trace-node': '^2.12.0',
        },
      });
      await workspace.compile();
      for (const script of ['main', 'metrics']) await workspace.runNode(`dist/${script}.js`);
    },
  },
];
