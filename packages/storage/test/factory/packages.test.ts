import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { optionalPackage } from '../../src/factory/optional-package.js';
import { temporaryDirectory } from './fixtures.js';

const run = promisify(execFile);
const home = fileURLToPath(new URL('../../', import.meta.url));

/** Lets Node find none of the packages that are optional, or that only those need. */
const UNINSTALLED = `data:text/javascript,${encodeURIComponent(`
  import { register } from 'node:module';
  register('data:text/javascript,' + encodeURIComponent(\`
    export async function resolve(name, context, next) {
      if (!/^(@aws-sdk\\\\/|@smithy\\\\/|@org\\\\/storage-(s3|migration)|libsql|pg$)/.test(name)) return next(name, context);
      const error = new Error("Cannot find package '" + name + "' imported from " + context.parentURL);
      throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
    }
  \`));
`)}`;

/** Runs a script in a process of its own, with the published package. It ends by itself, if nothing is left open. */
async function inProcess(script: string): Promise<string> {
  const preloaded = ['--import', UNINSTALLED, '--input-type=module', '--eval', script];
  const { stdout } = await run(process.execPath, preloaded, { cwd: home, timeout: 50_000 });
  return stdout.trim();
}

const SCRIPT = (configuration: object) => `
  import { StorageFactory } from '@org/storage';
  const factory = await StorageFactory.open(${JSON.stringify({ storages: { files: configuration } })}, { flags: () => ({}) });
  try {
    const storage = await factory.get();
    await storage.upload('a', 'text');
    console.log((await storage.stat('a')).size);
  } catch (error) {
    console.log(error.code, error.message);
  }
  await factory.close();
`;

describe('an application without the optional packages', () => {
  it('has been built for this test', () => {
    expect(existsSync(join(home, 'dist/index.js'))).toBe(true);
  });

  it('uses directories, and ends by itself', async () => {
    const root = await temporaryDirectory();
    expect(await inProcess(SCRIPT({ provider: 'local', root }))).toBe('4');
  });

  it('moves between stores that need none, in a fleet of its own', async () => {
    const memory = { provider: 'memory' };
    const configuration = {
      provider: 'hybrid',
      mode: 'hybrid',
      source: memory,
      target: memory,
      fleet: { registry: 'memory:' },
    };
    expect(await inProcess(SCRIPT(configuration))).toBe('4');
  });

  it('is told which one a bucket needs', async () => {
    expect(await inProcess(SCRIPT({ provider: 's3', bucket: 'files' }))).toBe(
      'Unsupported a storage with the provider s3 needs the package "@org/storage-s3", which is not installed: npm install @org/storage-s3',
    );
  });

  it('is told which one a registry needs', async () => {
    const memory = { provider: 'memory' };
    const sides = { provider: 'hybrid', mode: 'hybrid', source: memory, target: memory };
    for (const registry of ['sqlite:/tmp/none.db', 'postgres://nobody@localhost/none'])
      expect(await inProcess(SCRIPT({ ...sides, fleet: { registry } }))).toMatch(
        /^Unsupported .* needs the package "@org\/storage-migration"/,
      );
  });
});

it('a package that is there, but can’t be loaded, is not called missing', async () => {
  const error = Object.assign(new Error("Cannot find package 'other' imported from b"), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  await expect(optionalPackage('b', 'it', () => Promise.reject(error))).rejects.toBe(error);
});
