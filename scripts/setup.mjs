// Installs the locked dependencies, on a machine that has only Node and npm. Does nothing where that was done.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, run } from './run.mjs';

const PNPM = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager;

/** pnpm leaves the lock file it installed in node_modules: the same text means the same tree. */
function installed() {
  const lock = join(root, 'pnpm-lock.yaml');
  const done = join(root, 'node_modules', '.pnpm', 'lock.yaml');
  return existsSync(done) && readFileSync(lock, 'utf8') === readFileSync(done, 'utf8');
}

export function setup() {
  if (!installed()) run('npx', ['--yes', PNPM, 'install', '--frozen-lockfile']);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup();
