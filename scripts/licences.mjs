// npm run licences: checks under which licences the dependencies of the published packages are, and lists them.
//   --write  into docs/licences.md
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './run.mjs';

/** Licences that let an application with any licence use the packages. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Python-2.0'];

/** The test kit is for test runs only, and brings a test runner. */
const FILTER = ['--filter', './packages/*', '--filter', '!@org/storage-testkit'];

const { stdout, status } = spawnSync(
  join(root, 'node_modules', '.bin', 'pnpm'),
  [...FILTER, 'licenses', 'list', '--prod', '--json'],
  { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' },
);
if (status !== 0) {
  console.error(stdout);
  process.exit(1);
}
const packages = Object.entries(JSON.parse(stdout))
  .flatMap(([licence, all]) =>
    all.map(({ name, versions }) => ({ licence, name, version: versions.join(', ') })),
  )
  .sort((a, b) => (a.name < b.name ? -1 : 1));
const others = packages.filter(({ licence }) => !ALLOWED.includes(licence));
for (const { name, version, licence } of others)
  console.error(
    `${name} ${version} is under ${licence}: look whether its users may, and allow it here`,
  );
if (others.length > 0) process.exit(1);

const page = `# Licences

Written by \`npm run licences -- --write\`. What the published packages depend on, directly or not, but for the test kit's test runner.

| package | version | licence |
| --- | --- | --- |
${packages.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`).join('\n')}
`;
if (process.argv.includes('--write')) writeFileSync(join(root, 'docs', 'licences.md'), page);
console.log(
  `${packages.length} packages, all under ${[...new Set(packages.map(({ licence }) => licence))].join(', ')}`,
);
