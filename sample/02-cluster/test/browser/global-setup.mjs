// Once per run: what the tests start is built.
import { build } from '../../../../tooling/build/build-samples.mjs';

export default async function setup() {
  await build(['sample/02-cluster'], new AbortController().signal);
}
