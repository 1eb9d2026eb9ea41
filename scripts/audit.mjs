// Asks the registry for known vulnerabilities of what the published packages depend on, in the versions of the lock file.
//
// pnpm asks at an address that the registry has given up (https://github.com/pnpm/pnpm/issues/13033): npm 11, which asks at the new
// one, is given a lock file with the same packages. It needs npm 11 or newer, and a registry that answers `npm audit`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, root } from './run.mjs';

const shell = process.platform === 'win32';

const listed = spawnSync(
  join(root, 'node_modules', '.bin', 'pnpm'),
  ['--filter', './packages/*', 'licenses', 'list', '--prod', '--json'],
  { cwd: root, encoding: 'utf8', shell },
);
if (listed.status !== 0) {
  console.error(listed.stdout);
  process.exit(1);
}
const packages = Object.values(JSON.parse(listed.stdout)).flatMap((all) =>
  all.flatMap(({ name, versions }) => versions.map((version) => ({ name, version }))),
);
if (packages.length === 0) throw new Error('pnpm lists no dependency: is npm run setup done?');

// Each under a name of its own, since some are there in several versions.
const named = packages.map(({ name, version }, index) => ({
  alias: `dependency-${index}`,
  name,
  version,
}));
const dependencies = Object.fromEntries(
  named.map(({ alias, name, version }) => [alias, `npm:${name}@${version}`]),
);
const manifest = { name: 'audit', version: '0.0.0', private: true, dependencies };
const lock = {
  ...{ name: manifest.name, version: manifest.version, lockfileVersion: 3, requires: true },
  packages: {
    '': manifest,
    ...Object.fromEntries(
      named.map(({ alias, name, version }) => [`node_modules/${alias}`, { name, version }]),
    ),
  },
};
const directory = mkdtempSync(join(tmpdir(), 'storage-audit-'));
let status = 1;
try {
  writeFileSync(join(directory, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(directory, 'package-lock.json'), JSON.stringify(lock));
  console.log(`${packages.length} packages in the versions of pnpm-lock.yaml:`);
  status = attempt('npm', ['audit', '--package-lock-only', '--omit=dev'], { cwd: directory });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
process.exit(status);
