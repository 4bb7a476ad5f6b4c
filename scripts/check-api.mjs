// npm run check:api: compares the public API with docs/api; `-- --write` updates docs/api. So a change of the API shows
// in the diff of a pull request.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureInstalled } from '../tooling/build/install.mjs';
import { installGroup, load } from '../tooling/npm-packages/package-group.mjs';
import { root } from '../tooling/project-root.mjs';

ensureInstalled();
const { buildPackage } = await import('../tooling/build/build-package.mjs');
const checks = await installGroup(new URL('./checks/', import.meta.url));
const { Extractor, ExtractorConfig, ExtractorLogLevel } = await load(
  checks,
  '@microsoft/api-extractor',
);

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
await buildPackage();

const reports = join(root, 'docs', 'api');
mkdirSync(reports, { recursive: true });
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const changed = Object.entries(exports)
  .filter(([, target]) => target.types !== undefined)
  .map(([path, target]) => ({ name: path === '.' ? 'index' : path.slice(2), types: target.types }))
  .filter(({ name, types }) => !isAsReported(name, types))
  .map(({ name }) => name);

if (changed.length > 0 && !values.write) {
  console.error(
    `The public API differs from docs/api: ${changed.join(', ')}. If this is intended, run npm run check:api -- --write`,
  );
  process.exitCode = 1;
}

/**
 * @param {string} name of the entry point
 * @param {string} types its declarations, from the root of the project
 */
function isAsReported(name, types) {
  const config = ExtractorConfig.prepare({
    configObjectFullPath: join(root, 'api-extractor.json'), // This file does not exist: the configuration is here.
    packageJsonFullPath: join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, types),
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: join(root, 'tsconfig.build.json') },
      apiReport: {
        enabled: true,
        reportFileName: name,
        reportFolder: reports,
        reportTempFolder: join(root, 'reports', 'api-report'),
        reportVariants: ['public'],
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        // What typedoc checks (npm run docs:api), and what this project does not do.
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: values.write,
    showVerboseMessages: false,
  });
  return !apiReportChanged;
}
