// Packs the package in the working directory and checks what users would get: publint, and the types for each way of
// importing it (packages with an API).
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { attempt } from './run.mjs';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const directory = resolve('.pack');
const tarball = resolve(directory, 'package.tgz');
const check = (command, args) => {
  const status = attempt(command, args, { cwd: process.cwd() });
  if (status !== 0) process.exit(status);
};

rmSync(directory, { recursive: true, force: true });
mkdirSync(directory);
check('pnpm', ['pack', '--out', tarball]);
check('publint', ['--strict', tarball]);
// Before Node 12.7 there were no sub-paths by `exports`; no supported Node resolves that way.
if (manifest.exports?.['.']) check('attw', [tarball, '--profile', 'node16']);
