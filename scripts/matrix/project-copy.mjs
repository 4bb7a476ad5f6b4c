import { execFileSync } from 'node:child_process';
import { copyFile, lstat, mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { root } from '../../tooling/project-root.mjs';

/**
 * Copies the project in its current state, including uncommitted changes, and links an installation of its packages.
 *
 * @param {string} installation
 * @param {string} directory is created
 */
export async function copyProject(installation, directory) {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0');
  for (const file of new Set(files.filter(Boolean))) {
    // A deleted file is still listed; a link, such as a worktree's node_modules, is not part of the project.
    const status = await lstat(join(root, file)).catch(() => undefined);
    if (!status?.isFile()) continue;
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await copyFile(join(root, file), join(directory, file));
  }
  for (const file of ['package.json', 'package-lock.json']) {
    await copyFile(join(installation, file), join(directory, file));
  }
  const packages = join(installation, 'node_modules');
  await symlink(packages, join(directory, 'node_modules'), 'junction');
}
