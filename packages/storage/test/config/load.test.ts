import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfiguration, parseConfiguration } from '../../src/index.js';
import { load, project, refusal } from './project.js';

const LOCAL = 'storages:\n  files: { provider: local, root: ./files }\n';
const JSON_LOCAL = '{ "storages": { "files": { "provider": "local", "root": "./files" } } }';

describe('the file', () => {
  const modules = {
    'storage.yml': LOCAL,
    'storage.yaml': LOCAL,
    'storage.json': JSON_LOCAL,
    'storage.mjs': `export default ${JSON_LOCAL};`,
    'storage.ts': `const root: string = './files';
      export default async ({ environment }: { environment: string }) =>
        ({ storages: { files: { provider: 'local', root, name: environment } } });`,
  };
  it.each(Object.entries(modules))('is config/%s', async (name, content) => {
    const { file, files, cwd, configuration, environment } = await load({
      [`config/${name}`]: content,
    });
    expect(file).toBe(join(cwd, 'config', name));
    expect(files).toEqual([file]);
    expect(environment).toBe('development');
    expect(configuration.storages['files']).toMatchObject({
      provider: 'local',
      root: join(cwd, 'files'),
    });
  });

  it('is named by an option, else by STORAGE_CONFIG; its paths start at its own directory then', async () => {
    const files = { 'ops/one.yml': LOCAL, 'ops/two.yml': LOCAL };
    const cwd = await project(files);
    const env = { STORAGE_CONFIG: 'ops/two.yml' };
    const two = await loadConfiguration({ cwd, env });
    expect(two.file).toBe(join(cwd, 'ops/two.yml'));
    expect(two.configuration.storages['files']).toMatchObject({ root: join(cwd, 'ops/files') });
    const one = await loadConfiguration({ cwd, env, file: 'ops/one.yml' });
    expect(one.file).toBe(join(cwd, 'ops/one.yml'));
  });

  it('is missed, with a word on how to begin', async () => {
    const { message } = await refusal(load({ 'config/other.yml': LOCAL }));
    expect(message).toContain('storage config init');
    const named = await refusal(load({}, { file: 'config/storage.yml' }));
    expect(named.message).toContain('config/storage.yml does not exist');
    const text = await refusal(load({ 'storage.txt': LOCAL }, { file: 'storage.txt' }));
    expect(text.message).toContain('its name ends in .yml');
  });

  it('is one of several: refused', async () => {
    const { message } = await refusal(
      load({ 'config/storage.yml': LOCAL, 'config/storage.json': JSON_LOCAL }),
    );
    expect(message).toContain('several configurations (there are: storage.yml, storage.json)');
  });

  it('is not text', async () => {
    const { message } = await refusal(load({ 'config/storage.yml': Buffer.from([0xff, 0xfe, 0]) }));
    expect(message).toContain('it is not UTF-8');
  });

  it('is read anew when it has changed', async () => {
    for (const name of ['storage.mjs', 'storage.ts', 'storage.yml']) {
      const text = (root: string) =>
        name.endsWith('.yml')
          ? `storages: { files: { provider: local, root: ${root} } }`
          : `export default { storages: { files: { provider: 'local', root: '${root}' } } };`;
      const cwd = await project({ [`config/${name}`]: text('/one') });
      await loadConfiguration({ cwd, env: {} });
      await writeFile(join(cwd, 'config', name), text('/two'));
      const { configuration } = await loadConfiguration({ cwd, env: {} });
      expect(configuration.storages['files']).toMatchObject({ root: '/two' });
    }
  });
});

describe('YAML', () => {
  it('has anchors and merge keys', async () => {
    const { configuration } = await load({
      'config/storage.yml': `storages:
  one: &one { provider: memory, layers: { timeout: 30s } }
  two: { <<: *one, name: second }
  three: { <<: [*one, { name: none }], versions: true }
`,
    });
    const layers = { timeout: { milliseconds: 30_000 } };
    expect(configuration.storages).toEqual({
      one: { provider: 'memory', layers },
      two: { provider: 'memory', layers, name: 'second' },
      three: { provider: 'memory', layers, name: 'none', versions: true },
    });
  });

  it('that would expand without end is refused', async () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const inner = level === 0 ? 'x' : `*l${level - 1}`;
      return `  l${level}: &l${level} [${Array(10).fill(inner).join(', ')}]`;
    });
    const { message } = await refusal(
      load({ 'config/storage.yml': `storages:\n${levels.join('\n')}` }),
    );
    expect(message).toContain('has too many values');
    const nested = await refusal(load({ 'config/storage.yml': '['.repeat(200_000) }));
    expect(nested.mistakes.length).toBeGreaterThan(0);
  });

  it('of a key __proto__ changes no object', async () => {
    await refusal(load({ 'config/storage.yml': `${LOCAL}__proto__: { provider: memory }\n` }));
    expect(Object.hasOwn(Object.prototype, 'provider')).toBe(false);
  });
});

describe('a module', () => {
  const wrong = {
    'has no default export': 'export const storages = {};',
    'has a function that failed: no luck': "export default () => { throw new Error('no luck'); };",
    'can’t be loaded: no way': "throw new Error('no way');",
    'is no map': 'export default 5;',
  };
  it.each(Object.entries(wrong))('%s', async (says, content) => {
    for (const name of ['storage.mjs', 'storage.ts']) {
      const error = await refusal(load({ [`config/${name}`]: content }));
      expect(error.message).toContain(says);
      expect(error.message).not.toContain('hunter2');
      expect(error.mistakes[0]?.file).toContain(name);
    }
  });

  it('that can’t be parsed is told, without what stands in it', async () => {
    const text = 'export default {\n  hunter2 hunter2';
    const { message } = await refusal(load({ 'config/storage.ts': text }));
    expect(message).toContain('config/storage.ts:2:11 can’t be parsed');
    expect(message).not.toContain('hunter2');
  });

  it('has no variables: its texts are its own', async () => {
    const { configuration } = await load({
      'config/storage.mjs':
        "export default { storages: { files: { provider: 'memory', name: '${X}' } } };",
    });
    expect(configuration.storages['files']?.name).toBe('${X}');
  });
});

describe('environments', () => {
  const yaml = `default: files
storages:
  files:
    provider: s3
    bucket: \${BUCKET}
    partSize: 8MiB
    layers: { retry: { attempts: 3, maxDelay: 5s }, timeout: 30s }
    provision: { cors: { origins: ['https://a.example.com', 'https://b.example.com'] } }
environments:
  test:
    storages: { files: { provider: memory } }
  production:
    storages:
      files:
        bucket: \${PRODUCTION_BUCKET}
        layers: { retry: { attempts: 5 }, timeout: false }
        provision: { cors: { origins: ['https://c.example.com'] } }
      more: { provider: memory }
  staging:
`;
  const files = { 'config/storage.yml': yaml };

  it('are chosen by option, STORAGE_ENV, NODE_ENV, in this order', async () => {
    const cwd = await project(files);
    const env = { BUCKET: 'b', NODE_ENV: 'test' };
    const of = async (options: object) =>
      (await loadConfiguration({ cwd, env, ...options })).environment;
    expect(await of({})).toBe('test');
    expect(await of({ env: { ...env, STORAGE_ENV: 'staging' } })).toBe('staging');
    expect(await of({ env: { ...env, STORAGE_ENV: 'staging' }, environment: 'development' })).toBe(
      'development',
    );
    expect(await of({ env: { BUCKET: 'b', NODE_ENV: '' } })).toBe('development');
  });

  it('lie over the base: maps merged, lists replaced, layers taken away', async () => {
    const { configuration } = await load(files, {
      environment: 'production',
      env: { PRODUCTION_BUCKET: 'p' },
    });
    expect(configuration).toEqual({
      default: 'files',
      storages: {
        files: {
          provider: 's3',
          bucket: 'p',
          partSize: 8 * 1024 ** 2,
          layers: { retry: { attempts: 5, maxDelay: 5_000 }, timeout: undefined },
          provision: { cors: { origins: ['https://c.example.com'] } },
        },
        more: { provider: 'memory' },
      },
    });
  });

  it('with another provider replace what is below, and need none of its variables', async () => {
    const { configuration } = await load(files, { environment: 'test' });
    expect(configuration.storages).toEqual({ files: { provider: 'memory' } });
  });

  it('can be empty, or not there', async () => {
    const env = { BUCKET: 'b' };
    const staging = await load(files, { environment: 'staging', env });
    const development = await load(files, { environment: 'development', env });
    expect(staging.configuration).toEqual(development.configuration);
  });

  it('can have a file of their own, over all else', async () => {
    const overlay = 'storages:\n  files: { bucket: mine }\n';
    const {
      configuration,
      files: read,
      cwd,
    } = await load(
      { ...files, 'config/storage.production.yml': overlay, 'config/storage.ci.yml': overlay },
      { environment: 'production' },
    );
    expect(configuration.storages['files']).toMatchObject({ bucket: 'mine' });
    expect(read).toEqual(
      ['storage.yml', 'storage.production.yml'].map((name) => join(cwd, 'config', name)),
    );
    const ci = await load({ ...files, 'config/storage.ci.yml': overlay }, { environment: 'ci' });
    expect(ci.configuration.storages['files']).toMatchObject({ bucket: 'mine' });
  });
});

describe('variables', () => {
  it('need no quotes, wherever they stand, and places are those of the file', async () => {
    const yaml = `storages: { files: { provider: s3, bucket: \${B}, name: "\${N:-a: {b, \\"c\\" # d}", credentials: { accessKeyId: \${K:-a: [b], #c}, secretAccessKey: x\${S} } } }
# \${comment
`;
    const { configuration } = await load(
      { 'config/storage.yml': yaml },
      { env: { B: 'b', S: 'y' } },
    );
    expect(configuration.storages['files']).toEqual({
      provider: 's3',
      bucket: 'b',
      name: 'a: {b, "c" # d',
      credentials: { accessKeyId: 'a: [b], #c', secretAccessKey: 'xy' },
    });
    const { mistakes } = await refusal(load({ 'config/storage.yml': yaml }));
    expect(mistakes.map(({ line, column }) => [line, column])).toEqual([
      [1, yaml.indexOf('${B}') + 1],
      [1, yaml.indexOf('x${S}') + 1],
    ]);
  });

  const s3 = (settings: string) => ({
    'config/storage.yml': `storages:\n  files:\n    provider: s3\n${settings}`,
  });

  it('are filled in, have defaults, and can be meant literally', async () => {
    const { configuration } = await load(
      s3('    bucket: ${A}-${B:-two}-${C:-}-${D:-four}\n    name: $${A} costs $5 ${A}\n'),
      { env: { A: 'one', D: '' } },
    );
    expect(configuration.storages['files']).toMatchObject({
      bucket: 'one-two--four',
      name: '${A} costs $5 one',
    });
  });

  it('become numbers and booleans where those are wanted, and nowhere else', async () => {
    const { configuration } = await load(
      s3(
        '    bucket: ${B}\n    concurrency: ${N}\n    forcePathStyle: ${T}\n    partSize: ${S}\n    layers: { timeout: "${F}", cacheControl: "${T}", readOnly: "${F}" }\n',
      ),
      { env: { B: '12345', N: '8', T: 'true', F: 'false', S: '8388608' } },
    );
    expect(configuration.storages['files']).toEqual({
      provider: 's3',
      bucket: '12345',
      concurrency: 8,
      forcePathStyle: true,
      partSize: 8_388_608,
      layers: { timeout: undefined, cacheControl: 'true', readOnly: false },
    });
  });

  it('are not filled in twice: what they hold is text', async () => {
    const { configuration } = await load(s3('    bucket: b\n    name: ${A}\n'), {
      env: { A: '${B} $${C}', B: 'x' },
    });
    expect(configuration.storages['files']?.name).toBe('${B} $${C}');
  });
});

describe('secrets', () => {
  it('are read from files, without the line feed at the end', async () => {
    const key = Buffer.alloc(32, 7).toString('base64');
    const { configuration, files, cwd } = await load({
      'config/storage.yml': `storages:
  files:
    provider: hybrid
    mode: hybrid
    source:
      provider: local
      root: files
      urls: { baseUrl: https://example.com, keys: [{ id: a, secretFile: secrets/url }] }
    target:
      provider: s3
      bucket: b
      credentials: { accessKeyId: k, secretAccessKeyFile: secrets/key, sessionTokenFile: secrets/token }
      encryption: { type: sse-c, keyFile: secrets/sse }
    fleet: { registryFile: secrets/registry }
    migration: { journalFile: secrets/journal }
`,
      'secrets/url': `${'x'.repeat(40)}\r\n`,
      'secrets/key': 'key\n',
      'secrets/token': ' token \n\n',
      'secrets/sse': key,
      'secrets/registry': 'postgres://u:p@h/db',
      'secrets/journal': 'journal.sqlite\n',
    });
    expect(configuration.storages['files']).toEqual({
      provider: 'hybrid',
      mode: 'hybrid',
      source: {
        provider: 'local',
        root: join(cwd, 'files'),
        urls: { baseUrl: 'https://example.com', keys: [{ id: 'a', secret: 'x'.repeat(40) }] },
      },
      target: {
        provider: 's3',
        bucket: 'b',
        credentials: { accessKeyId: 'k', secretAccessKey: 'key', sessionToken: ' token \n' },
        encryption: { type: 'sse-c', key },
      },
      fleet: { registry: 'postgres://u:p@h/db' },
      migration: { journal: join(cwd, 'journal.sqlite') },
    });
    expect(files).toHaveLength(7);
    expect(files).toContain(join(cwd, 'secrets/key'));
  });
});

describe('a configuration in code', () => {
  it('is checked as one in a file, and has the providers that are named', () => {
    const storages = {
      files: { provider: 'own', client: new Map([[1, 2]]), layers: { retry: {} } },
    };
    expect(() => parseConfiguration({ storages })).toThrow(/storages\.files\.provider is none of/);
    const { storages: parsed } = parseConfiguration({ storages }, { providers: ['own'] });
    expect(parsed['files']).toEqual(storages.files);
  });

  it('can contain itself: refused', () => {
    const storages: Record<string, unknown> = {};
    storages['files'] = storages;
    expect(() => parseConfiguration({ storages })).toThrow(/storages\.files/);
  });
});
