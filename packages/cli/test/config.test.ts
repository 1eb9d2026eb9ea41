import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../src/main.js';
import { temporaryDirectory } from './fixtures.js';

const YAML = `storages:
  files: { provider: s3, bucket: \${BUCKET:-files}, credentials: { accessKeyId: k, secretAccessKey: hunter2 } }
environments:
  production:
    storages:
      files: { bucket: "\${PRODUCTION_BUCKET}", partSize: 16MiB }
`;

/** Runs the command in this process. */
async function storage(...args: readonly string[]) {
  const text = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((chunk, ...others) => {
      text[name] += String(chunk);
      const done = others.findLast((other) => typeof other === 'function');
      done?.();
      return true;
    }),
  );
  try {
    return { code: await run(['config', ...args]), ...text };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

async function configured(yaml: string): Promise<string> {
  const file = join(await temporaryDirectory(), 'config', 'storage.yml');
  await mkdir(join(file, '..'));
  await writeFile(file, yaml);
  return file;
}

beforeEach(() => {
  for (const name of ['STORAGE_ENV', 'STORAGE_CONFIG', 'NODE_ENV', 'BUCKET', 'PRODUCTION_BUCKET'])
    vi.stubEnv(name, undefined);
});

describe('storage config show', () => {
  it('shows each setting with its place, and no secret', async () => {
    const file = await configured(YAML);
    vi.stubEnv('PRODUCTION_BUCKET', 'mine');
    const options = ['--config', file, '--environment', 'production'];
    const { code, stdout, stderr } = await storage('show', ...options);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^# production: .*storage\.yml\n/);
    expect(stdout).toMatch(/^storages\.files\.bucket: mine {2}# .*:6 \$\{PRODUCTION_BUCKET\}$/m);
    expect(stdout).toMatch(/^storages\.files\.partSize: 16777216 {2}# .*:6$/m);
    expect(stdout).toMatch(/secretAccessKey: "\[redacted\]" {2}# .*:2$/m);
    expect(stdout).not.toContain('hunter2');
    const json = await storage('show', ...options, '--json');
    expect(json.stdout).not.toContain('hunter2');
    expect(JSON.parse(json.stdout)).toMatchObject({
      type: 'configuration',
      environment: 'production',
      configuration: { storages: { files: { bucket: 'mine' } } },
    });
  });

  it('tells mistakes, and ends with 2', async () => {
    const file = await configured(`${YAML}defualt: files\n`);
    const { code, stdout, stderr } = await storage('show', '--config', file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('storage.yml:7:1 defualt is no setting here; did you mean default?');
  });
});

describe('storage config validate', () => {
  it('checks all environments; what other ones need is warned of', async () => {
    const file = await configured(YAML);
    const { code, stdout } = await storage('validate', '--config', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^warning: .*:6:24 storages\.files\.bucket needs the variable PROD/m);
    expect(stdout).toMatch(
      /^warning: .*:2:\d+ storages\.files\.credentials\.secretAccessKey stands/m,
    );
    expect(stdout).toMatch(/^0 mistakes, 2 warnings, in development, production$/m);
    expect(stdout).not.toContain('hunter2');
  });

  it('checks one environment as it is started here', async () => {
    const file = await configured(YAML);
    const options = ['--config', file, '--environment', 'production'];
    const { code, stdout } = await storage('validate', ...options);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^mistake: .*:6:24 storages\.files\.bucket needs the variable PROD/m);
  });

  it('tells mistakes of an environment that is not the current one, as JSON', async () => {
    const file = await configured(YAML.replace('16MiB', '1MiB'));
    const { code, stdout } = await storage('validate', '--config', file, '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'validation',
      environments: ['development', 'production'],
      mistakes: [{ file, line: 6, path: 'storages.files.partSize' }],
    });
  });

  it('takes providers of third parties that are named', async () => {
    const file = await configured('storages: { files: { provider: own, key: 1 } }\n');
    expect(await storage('validate', '--config', file)).toMatchObject({ code: 2 });
    expect(await storage('validate', '--config', file, '--accept', 'own')).toMatchObject({
      code: 0,
    });
  });
});

describe('storage config init', () => {
  it.each(['local', 's3', 'hybrid'])('writes a configuration of %s that is right', async (name) => {
    const file = join(await temporaryDirectory(), 'config', 'storage.yml');
    const written = await storage('init', '--provider', name, '--config', file);
    expect(written).toMatchObject({ code: 0, stderr: '' });
    expect(await storage('validate', '--config', file)).toMatchObject({ code: 0 });
    expect(await storage('show', '--config', file)).toMatchObject({ code: 0 });
  });

  it('replaces nothing', async () => {
    const file = await configured(YAML);
    const { code, stderr } = await storage('init', '--config', file);
    expect(code).toBe(2);
    expect(stderr).toContain('is there already');
    expect(await readFile(file, 'utf8')).toBe(YAML);
  });
});

describe('storage config schema', () => {
  it('writes the JSON Schema', async () => {
    const { code, stdout } = await storage('schema');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', required: ['storages'] });
  });
});
