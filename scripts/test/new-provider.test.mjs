import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const main = join(root, 'scripts/new-provider/main.mjs');
let folder = '';

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'storage-new-provider-')));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a program of Node says and how it ends. */
function node(args, cwd = folder) {
  const env = { ...process.env, INIT_CWD: cwd, NO_COLOR: '1' };
  for (const name of Object.keys(env)) if (/^(VITEST|FORCE_COLOR)/.test(name)) delete env[name];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : error.code, text: stdout + stderr }),
    );
  });
}

const make = (...args) => node([main, ...args]);

/** As an installation would leave it, with the packages as they are built. */
async function install(directory) {
  const parts = {
    '@org/storage': 'packages/storage',
    '@org/storage-core': 'packages/core',
    '@org/storage-testkit': 'packages/testkit',
    ...Object.fromEntries(
      ['@types/node', 'tsup', 'typescript', 'vitest'].map((name) => [name, `node_modules/${name}`]),
    ),
  };
  for (const [name, path] of Object.entries(parts)) {
    const link = join(directory, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(await realpath(join(root, path)), link, 'junction');
  }
}

const bin = (path) => join(root, 'node_modules', path);
const test = (directory, ...args) =>
  node(
    [bin('vitest/vitest.mjs'), 'run', '--maxWorkers=1', '--testTimeout=60000', ...args],
    directory,
  );
const typecheck = (directory) => node([bin('typescript/bin/tsc'), '--noEmit'], directory);

async function edit(file, from, to) {
  const text = await readFile(file, 'utf8');
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
  return () => writeFile(file, text);
}

describe('npm run new:provider', () => {
  it('makes a package that compiles and passes the conformance suite, and fails it when it is broken', async () => {
    const { code, text } = await make('blob-shelf', '--dir', 'made/shelf');
    expect(text).toContain('npm install');
    expect(code).toBe(0);
    const directory = join(folder, 'made/shelf');
    await install(directory);

    expect(await typecheck(directory)).toEqual({ code: 0, text: '' });
    const whole = await test(directory);
    expect(whole.text).not.toMatch(/failed|skipped/);
    expect(Number(/Tests\s+(\d+) passed/.exec(whole.text)?.[1])).toBeGreaterThan(300);
    expect(whole.code).toBe(0);

    const mend = await edit(
      join(directory, 'src/provider.ts'),
      'checkCondition(current?.metadata, options.condition);\n      return { metadata',
      'return { metadata',
    );
    const broken = await test(directory, 'test/conformance.test.ts', '-t', 'exactly one wins');
    expect(broken.text).toMatch(/failed/);
    expect(broken.code).toBe(1);
    await mend();
  });

  it('leaves none of its placeholders, and names the files and classes after the provider', async () => {
    expect((await make('gcs', '--dir', 'gcs')).code).toBe(0);
    const read = (path) => readFile(join(folder, 'gcs', path), 'utf8');
    const source = await read('src/provider.ts');
    expect(source).toContain('export class GcsStorageProvider');
    expect(source).toContain("name = 'gcs'");
    for (const path of ['README.md', 'src/plugin.ts', 'src/store.ts', 'test/plugin.test.ts'])
      expect(await read(path)).not.toMatch(/__|[Ee]xample(?!s)/);
    const { name, dependencies } = JSON.parse(await read('package.json'));
    expect(name).toBe('storage-gcs');
    expect(dependencies['@org/storage-core']).toMatch(/^\^\d/);
  });

  it.each([
    ['a capital letter', ['Gcs'], '"Gcs" is no name for a provider'],
    ['a way out of the folder', ['../gcs'], '"../gcs" is no name for a provider'],
    ['a hyphen at its end', ['gcs-'], '"gcs-" is no name for a provider'],
    ['that of a provider that is built in', ['s3'], 'a provider "s3" is built in'],
    ['too many letters', ['a'.repeat(101)], 'is no name for a provider'],
  ])('refuses a name with %s', async (_, args, says) => {
    const { code, text } = await make(...args, '--dir', 'refused');
    expect(text).toContain(says);
    expect(code).toBe(1);
    expect(existsSync(join(folder, 'refused'))).toBe(false);
  });

  it.each([
    [
      'a name that a package has',
      ['testkit'],
      /packages\/testkit exists already: choose another name/,
    ],
    [
      'a folder in the repository',
      ['gcs', '--dir', join(root, 'gcs')],
      /is in this repository: without --dir/,
    ],
    ['no name', [], /one name is needed, 0 were given\nusage: npm run new:provider/],
    ['two names', ['one', 'two'], /one name is needed, 2 were given/],
    ['an option that there is not', ['gcs', '--folder', 'a'], /--folder.*\n(.*\n)?usage: /],
  ])('refuses %s', async (_, args, says) => {
    const { code, text } = await make(...args);
    expect(text).toMatch(says);
    expect(code).toBe(1);
    expect(existsSync(join(root, 'packages/gcs'))).toBe(false);
  });

  it('refuses a folder that exists, and leaves it as it is', async () => {
    const directory = join(folder, 'taken');
    await mkdir(directory);
    const { code, text } = await make('gcs', '--dir', 'taken');
    expect(text).toContain(`${directory} exists already: choose another folder`);
    expect(code).toBe(1);
    expect(existsSync(join(directory, 'package.json'))).toBe(false);
  });
});
