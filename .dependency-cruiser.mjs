// npm run lint: who may import whom in lib/, types included.

/** From the ground up. Each may import what stands above it, and what stands beside it in its own line. */
const layers = [
  // The core, which knows no Nest.
  ['core/common/'],
  ['core/time/'],
  ['core/model/'],
  ['core/port/'],
  ['core/duties/'],
  ['core/session/'],
  ['core/election/'],
  ['core/fleet/'],
  ['core/postgres/'],
  ['core/standalone/'],
  ['core/*'],
  // The core in an application of Nest.
  ['nest/'],
  ['scheduling/'],
  ['duties/'],
  ['leader-election.options.ts', 'leader-election.module-definition.ts'],
  ['leader-election.service.ts'],
  ['leader-election.test-backend.ts', 'leader-election.registry.ts'],
  ['leader-election.partitions.ts'],
  ['binding/'],
  ['requests/'],
  ['decorators/'],
  ['discovery/'],
  ['leader-election.providers.ts', 'leader-election.lifecycle.ts', 'leader-election.module.ts'],
  ['index.ts'],
];

/** Entry points of their own, which nobody imports, and the last layer that each may import. */
const wings = {
  'metrics/': 'core/*',
  'cli/': 'core/*',
  'health/': 'binding/',
  'testing/': 'leader-election.module.ts',
};

const severity = /** @type {const} */ ('error');
const wingsAndLayers = [...Object.keys(wings), ...layers.flat()];

/** Folders with all that is in them; the files of a folder; a file. @param {readonly string[]} paths */
function among(paths) {
  const patterns = paths.map((path) =>
    path.endsWith('*') ? `${path.slice(0, -1)}[^/]+$` : path.endsWith('/') ? path : `${path}$`,
  );
  return `^lib/(${patterns.join('|')})`;
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no circle',
      comment: 'Two files that need each other are one idea, or share a third.',
      severity,
      from: {},
      to: { circular: true },
    },
    {
      name: 'every file has a layer',
      severity,
      from: { path: '^lib/', pathNot: among(wingsAndLayers) },
      to: {},
    },
    ...layers.slice(0, -1).map((layer, index) => ({
      name: `${layer.join(', ')} imports no later layer`,
      severity,
      from: { path: among(layer) },
      to: { path: among([...Object.keys(wings), ...layers.slice(index + 1).flat()]) },
    })),
    ...Object.entries(wings).map(([wing, last]) => ({
      name: `${wing} imports nothing after ${last}`,
      severity,
      from: { path: among([wing]) },
      to: {
        path: '^lib/',
        pathNot: among([
          wing,
          ...layers.slice(0, 1 + layers.findIndex((layer) => layer.includes(last))).flat(),
        ]),
      },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    includeOnly: '^lib/',
  },
};
