// npm run build: builds the package, even if it is up to date.
import { ensureInstalled } from '../tooling/build/install.mjs';

ensureInstalled();
const { buildPackage } = await import('../tooling/build/build-package.mjs');
await buildPackage({ always: true });
