import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MemoryStorageProvider } from '@org/storage-core';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import {
  type ConfigurationInput,
  configurationSchema,
  explainConfiguration,
  loadConfiguration,
  StorageFactory,
  type StorageFactoryOptions,
  validateConfiguration,
} from '../../src/index.js';
import { project, refusal } from '../config/project.js';
import { factoryOf, textOf } from './fixtures.js';

const CORE = pathToFileURL(join(import.meta.dirname, '../../../core/dist/index.js')).href;
const providers = (...names: readonly string[]) => `
import { MemoryStorageProvider } from '${CORE}';
const create = ({ shelf = 'none' }, { name }) => new MemoryStorageProvider({ name: name + ' on ' + shelf });
export const providers = { ${names.map((name) => `${name}: create`).join(', ')} };
`;
const yaml = (...modules: readonly string[]) =>
  `storages:\n  files: { provider: attic, shelf: left }\nplugins: [${modules.join(', ')}]\n`;
const PACKAGE = JSON.stringify({
  name: '@acme/storage-attic',
  type: 'module',
  exports: { import: './attic.js' },
});

async function nameOf(
  files: Readonly<Record<string, string>>,
  options: StorageFactoryOptions = {},
): Promise<string> {
  const cwd = await project(files);
  const { factory } = await factoryOf(join(cwd, 'config/storage.yml'), { env: {}, ...options });
  return (await factory.get()).name;
}

describe('a configuration names the modules of third parties’ providers', () => {
  it.each([
    ['a file, from its own directory on', './attic.mjs', 'config/attic.mjs'],
    ['a file above', '../lib/attic.mjs', 'lib/attic.mjs'],
    [
      'a package for imports alone',
      "'@acme/storage-attic'",
      'node_modules/@acme/storage-attic/attic.js',
    ],
  ])('%s', async (_, module, file) => {
    const name = await nameOf({
      'config/storage.yml': yaml(module),
      [file]: providers('attic'),
      'node_modules/@acme/storage-attic/package.json': PACKAGE,
    });
    expect(name).toBe('files on left');
  });

  it('that are CommonJS', async () => {
    const name = await nameOf({
      'config/storage.yml': yaml('./attic.cjs'),
      'config/attic.cjs': `
        const list = ['attic'];
        module.exports = { providers: Object.fromEntries(list.map((each) => [each, async (_, { name }) => {
          const { MemoryStorageProvider } = await import('${CORE}');
          return new MemoryStorageProvider({ name });
        }])) };`,
    });
    expect(name).toBe('files');
  });

  it('in a module, and in code, where they start at the working directory', async () => {
    const cwd = await project({
      'config/storage.mjs': `export default {
        storages: { files: { provider: 'attic' } }, plugins: ['./attic.mjs'] }`,
      'config/attic.mjs': providers('attic'),
    });
    const { factory } = await factoryOf(join(cwd, 'config/storage.mjs'));
    expect((await factory.get()).name).toBe('files on none');
    const configuration: ConfigurationInput = {
      storages: { files: { provider: 'attic' } },
      plugins: ['./config/attic.mjs'],
    };
    const made = await factoryOf(configuration, { cwd });
    expect((await made.factory.get()).name).toBe('files on none');
    await expect(
      StorageFactory.open({ ...configuration, plugins: ['./attic.mjs'] }, { cwd }),
    ).rejects.toThrow(`does not exist: ${join(cwd, 'attic.mjs')}`);
  });

  it('for sides, by variables, and for one environment', async () => {
    const cwd = await project({
      'config/storage.yml': `
storages:
  files:
    provider: hybrid
    mode: target
    handedOver: true
    source: { provider: memory }
    target: { provider: memory }
environments:
  test:
    plugins: ["./\${KIND}.mjs"]
    storages:
      files:
        target: { provider: "\${KIND}" }
`,
      'config/attic.mjs': providers('attic'),
    });
    for (const environment of ['development', 'test']) {
      const options = { cwd, environment, env: { KIND: 'attic' } };
      const { plugins } = await loadConfiguration(options);
      expect(Object.keys(plugins)).toEqual(environment === 'development' ? [] : ['attic']);
    }
    const { factory } = await factoryOf(join(cwd, 'config/storage.yml'), {
      ...{ environment: 'test', env: { KIND: 'attic' } },
    });
    const storage = await factory.get();
    await storage.upload('a', 'text');
    expect(await textOf(storage, 'a')).toBe('text');
  });

  it('and are run only for a provider that nothing else gives', async () => {
    const files = {
      'config/storage.yml': `${yaml('./attic.mjs')}environments: { test: { storages: { files: { provider: memory } } } }\n`,
      'config/attic.mjs': 'throw new Error("it was run")',
    };
    expect(await nameOf(files, { environment: 'test' })).toBe('files');
    const attic = () => new MemoryStorageProvider({ name: 'in code' });
    expect(await nameOf(files, { providers: { attic } })).toBe('in code');
    const cwd = await project(files);
    const { configuration } = await loadConfiguration({ cwd, env: {}, plugins: false });
    expect(configuration.storages).toEqual({ files: { provider: 'attic', shelf: 'left' } });
    await expect(loadConfiguration({ cwd, env: {} })).rejects.toThrow('it was run');
  });

  it('and go after those that the application registers', async () => {
    const files = {
      'config/storage.yml': `${yaml('./both.mjs')}  \n`.replace(
        'storages:\n',
        'default: files\nstorages:\n  others: { provider: cellar }\n',
      ),
      'config/both.mjs': providers('attic', 'cellar'),
    };
    const attic = () => new MemoryStorageProvider({ name: 'in code' });
    expect(await nameOf(files, { providers: { attic } })).toBe('in code');
  });

  it('also when it is read again', async () => {
    const cwd = await project({
      'config/storage.yml': 'storages:\n  first: { provider: memory }\n',
      'config/attic.mjs': providers('attic'),
    });
    const file = join(cwd, 'config/storage.yml');
    const { factory } = await factoryOf(file, { env: {}, watch: false });
    await writeFile(`${file}.new`, yaml('./attic.mjs'));
    await rename(`${file}.new`, file);
    await factory.reload();
    expect((await factory.get('files')).name).toBe('files on left');
  });

  it('whose settings are not shown', async () => {
    const cwd = await project({
      'config/storage.yml': yaml('./attic.mjs'),
      'config/attic.mjs': providers('attic'),
    });
    const { configuration, settings } = await explainConfiguration({ cwd, env: {} });
    expect(configuration).toMatchObject({
      storages: { files: { provider: 'attic', shelf: '[redacted]' } },
      plugins: ['./attic.mjs'],
    });
    const module = settings.find(({ path }) => path === 'plugins[0]');
    expect(module).toMatchObject({ value: './attic.mjs', line: 3, column: 11 });
  });
});

describe('a module of a configuration is refused, by file, line and what to do', () => {
  it.each([
    [
      'is not there',
      './attic.mjs',
      {},
      /:3:11 plugins\[0\] names a file that does not exist: \/.*\/config\/attic\.mjs \(paths of plugins start at/,
    ],
    ['is a folder', '.', {}, /names the package \., which is not installed|does not exist/],
    [
      'is not installed',
      '@acme/attic',
      {},
      /:3:11 plugins\[0\] names the package @acme\/attic, which is not installed .*: npm install @acme\/attic, or write \.\/@acme\/attic for a file$/,
    ],
    [
      'has no such export',
      './attic.mjs',
      { 'config/attic.mjs': 'export const provider = {}' },
      /attic\.mjs, which has no export "providers", a map of names and functions: export const/,
    ],
    [
      'exports something else',
      './attic.mjs',
      { 'config/attic.mjs': 'export const providers = []' },
      /whose export "providers" is not a map/,
    ],
    [
      'exports nothing',
      './attic.mjs',
      { 'config/attic.mjs': 'export const providers = {}' },
      /whose export "providers" is empty/,
    ],
    [
      'has no function',
      './attic.mjs',
      { 'config/attic.mjs': 'export const providers = { attic: {} }' },
      /whose provider "attic" is no function, as defineProvider makes it/,
    ],
    [
      'takes a name that is taken',
      './attic.mjs',
      { 'config/attic.mjs': providers('attic', 's3') },
      /whose provider "s3" has the name of one that is built in: export it under another/,
    ],
    [
      'fails',
      './attic.mjs',
      { 'config/attic.mjs': 'throw new Error("no attic")' },
      /which can’t be loaded: no attic/,
    ],
    [
      'is TypeScript',
      './attic.ts',
      { 'config/attic.ts': 'export {}' },
      /attic\.ts, which is TypeScript: name the JavaScript that it is compiled to/,
    ],
  ] as const)('that %s', async (_, module, files, says) => {
    const cwd = await project({ 'config/storage.yml': yaml(`'${module}'`), ...files });
    const { message, mistakes } = await refusal(loadConfiguration({ cwd, env: {} }));
    expect(mistakes).toHaveLength(1);
    expect(message).toMatch(says);
    const validation = await validateConfiguration({ cwd, env: {} });
    expect(validation.mistakes).toEqual(mistakes);
  });

  it('that has a provider which another one has', async () => {
    const cwd = await project({
      'config/storage.yml': yaml('./a.mjs', './b.mjs'),
      'config/a.mjs': providers('attic'),
      'config/b.mjs': providers('attic', 'cellar'),
    });
    const { message } = await refusal(loadConfiguration({ cwd, env: {} }));
    expect(message).toMatch(
      /storage\.yml:3:20 plugins\[1\] has a provider "attic", and so has \.\/a\.mjs: list one of the two/,
    );
  });

  it('that has another provider than the one that is wanted', async () => {
    const cwd = await project({
      'config/storage.yml': yaml('./a.mjs'),
      'config/a.mjs': providers('attics'),
    });
    const { mistakes } = await refusal(loadConfiguration({ cwd, env: {} }));
    expect(mistakes).toMatchObject([{ line: 2, nearest: 'attics' }]);
  });
});

it('the JSON Schema has the modules, and the providers that are named', () => {
  const validates = (value: unknown, names: readonly string[]) =>
    new Ajv({ strict: false }).validate(configurationSchema({ providers: names }), value);
  const configuration = {
    plugins: ['./attic.mjs'],
    storages: { files: { provider: 'attic', shelf: 'left' } },
    environments: { test: { plugins: ['./other.mjs'] } },
  };
  expect(validates(configuration, ['attic'])).toBe(true);
  expect(validates(configuration, [])).toBe(false);
  expect(validates({ ...configuration, plugins: './attic.mjs' }, ['attic'])).toBe(false);
});
