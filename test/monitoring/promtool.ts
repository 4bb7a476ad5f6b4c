import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs promtool on a file with this content; JSON is YAML, too. */
export function promtool(command: readonly string[], content: object) {
  const directory = mkdtempSync(join(tmpdir(), 'promtool-'));
  try {
    const file = join(directory, 'rules.yaml');
    writeFileSync(file, JSON.stringify(content));
    const { error, status, stdout, stderr } = spawnSync('promtool', [...command, file], {
      encoding: 'utf8',
    });
    if (error) throw error;
    return { status, output: `${stdout}${stderr}` };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
