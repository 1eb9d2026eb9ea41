import { readdir, readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  configurationSchema,
  defineConfiguration,
  loadConfiguration,
  parseConfiguration,
  STARTERS,
  starterConfiguration,
  validateConfiguration,
} from '../../src/index.js';
import { load, project } from './project.js';
import { WRONG } from './wrong.js';

const folder = join(import.meta.dirname, 'examples');
const examples = await readdir(folder);
const validates = new Ajv({ strict: false }).compile(configurationSchema());

describe.each(examples)('the example %s', (name) => {
  it('is right in all environments', async () => {
    const file = join(folder, name);
    for (const environment of ['development', 'test', 'staging', 'production']) {
      const { configuration } = await loadConfiguration({ file, environment, env: {} });
      expect(parseConfiguration(configuration)).toEqual(configuration);
    }
    const { mistakes } = await validateConfiguration({ file, env: {} });
    expect(mistakes).toEqual([]);
  });
});

describe.each(examples.filter((name) => extname(name) !== '.ts'))('the example %s', (name) => {
  it('is right by the JSON Schema', async () => {
    const value: unknown = parse(await readFile(join(folder, name), 'utf8'));
    expect(validates(value), JSON.stringify(validates.errors?.slice(0, 5))).toBe(true);
  });
});

it('a typed example gets its environment', async () => {
  const file = join(folder, 'typed.ts');
  const env = { UPLOADS_BUCKET: 'mine' };
  const { configuration } = await loadConfiguration({ file, environment: 'production', env });
  expect(configuration.storages['uploads']).toMatchObject({
    mode: 'hybrid',
    source: { root: join(folder, 'var/uploads') },
    target: {
      bucket: 'mine',
      layers: { timeout: { milliseconds: 30_000 }, retry: { attempts: 5 } },
    },
  });
});

it('mistakes do not compile', () => {
  const memory = { provider: 'memory' } as const;
  const typed = () => [
    // @ts-expect-error a setting that there is not
    defineConfiguration({ storages: { a: { provider: 'memory', rooot: 'x' } } }),
    // @ts-expect-error a provider that is not named
    defineConfiguration({ storages: { a: { provider: 'gcs' } } }),
    defineConfiguration({
      // @ts-expect-error a mode that there is not
      storages: { a: { provider: 'hybrid', mode: 'both', source: memory, target: memory } },
    }),
    defineConfiguration<'gcs'>({ storages: { a: { provider: 'gcs', bucket: 'x' } } }),
  ];
  expect(typed).toBeTypeOf('function');
});

describe.each(STARTERS)('the starter %s', (starter) => {
  it('is right as it is, in all environments, and by the JSON Schema', async () => {
    const text = starterConfiguration(starter);
    const cwd = await project({ 'config/storage.yml': text });
    const found = await validateConfiguration({ cwd, env: {} });
    expect(found.mistakes).toEqual([]);
    expect(found.environments).toEqual(['development', 'test', 'production']);
    expect(validates(parse(text)), JSON.stringify(validates.errors?.slice(0, 5))).toBe(true);
  });

  it('is right with everything that is commented out', async () => {
    const text = starterConfiguration(starter).replace(/^( +)# (?=[ a-zA-Z]+:)/gm, '$1');
    const { configuration } = await load(
      { 'config/storage.yml': text.replace('/run/secrets/uploads', 'key'), key: 'x' },
      { env: { UPLOADS_KEY: 'key' } },
    );
    expect(configuration.storages['uploads']?.provider).toBe(starter);
  });
});

describe('the JSON Schema', () => {
  /** What a schema can’t tell: what is said of several settings together, or of a file. */
  const kinds = [
    'is no setting here',
    'is none of what it can be',
    'is missing;',
    'is missing (',
    ', and not ',
  ];

  it.each(Object.entries(WRONG))('knows what is wrong with %s, where a schema can', (_, wrong) => {
    const isShape = wrong.says.every((part) => kinds.some((kind) => part.includes(kind)));
    if (!isShape || wrong.env !== undefined || wrong.environment !== undefined) return;
    expect(validates(parse(wrong.yaml))).toBe(false);
  });

  it('is for the providers that are named', () => {
    const own = { storages: { files: { provider: 'own', key: 5 } } };
    expect(validates(own)).toBe(false);
    const schema = configurationSchema({ providers: ['own'] });
    expect(new Ajv({ strict: false }).compile(schema)(own)).toBe(true);
  });

  it('is plain JSON', () => {
    const schema = configurationSchema();
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(basename(String(schema['$schema']))).toBe('schema#');
  });
});
