import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { temporaryDirectory } from '../fixtures.js';

import { bareEnvironment, configured, ran } from './setting.js';

describe('refused as wrong usage', () => {
  it.each([
    [['/files', 's3://bucket', '--storage', 'uploads'], /leave them out, or --storage/],
    [['/files', 's3://bucket', '--config', 'storage.yml'], /leave them out, or --config/],
    [['/files', 's3://bucket', '--environment', 'test'], /leave them out, or --environment/],
    [['/files', '--storage', 'uploads'], /leave them out, or --storage/],
    [['/files'], /name the migration: <directory> <s3-url>, or a storage/],
    [['--storage', 'upload'], /the storage upload of .* is not there; hybrid are: uploads/],
    [['--storage', 'documents'], /documents of .* has the provider local, and not hybrid/],
    [['--fleet', 'sqlite:f', '--stopped'], /--fleet and --stopped exclude each other/],
  ])('%j', async (args, why) => {
    const { config } = await configured({});
    const whole = args.includes('/files') ? args : ['--config', config, ...args];
    const { code, stderr } = await ran('migrate', ...whole);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(why) });
  });

  it('a variable is no contradiction: who names directory and address means them', async () => {
    const { config, server, directory } = await configured({ a: '1' });
    vi.stubEnv('STORAGE_CONFIG', config);
    const { accessKeyId, secretAccessKey } = server.credentials;
    vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
    const place = [directory, 's3://other', '--endpoint', server.endpoint];
    expect(await ran('migrate', ...place, '--dry-run')).toMatchObject({ code: 0 });
  });

  it.each([
    ['nothing where there is no configuration', '', /or a storage of a configuration/],
    [
      'several',
      'other: { provider: hybrid, mode: source, source: { provider: memory }, target: { provider: memory } }',
      /name one with --storage \(other, uploads\)/,
    ],
  ])('%s', async (_, more, why) => {
    const { config, home } = await configured({});
    if (more !== '') {
      const text = await readFile(config, 'utf8');
      await writeFile(config, text.replace('storages:\n', `storages:\n  ${more}\n`));
      vi.stubEnv('STORAGE_CONFIG', config);
    }
    const back = process.cwd();
    process.chdir(home);
    const { code, stderr } = await ran('status').finally(() => process.chdir(back));
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(why) });
  });

  it.each([
    ['stores that it can’t open', 'source: { provider: memory }', /from memory to s3/],
    [
      'a layer that changes keys',
      'source: { provider: local, root: ./files, layers: { prefix: a } }',
      /a layer with a prefix/,
    ],
  ])('%s', async (_, source, why) => {
    const { config } = await configured({});
    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace(/source: \{.*\}/, source));
    const { code, stderr } = await ran('migrate', '--config', config);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(why) });
  });

  it('a provider that only the application knows, but not the storages beside it', async () => {
    const { config } = await configured({ a: '1' });
    const text = await readFile(config, 'utf8');
    const side = '{ provider: attic, shelf: 3 }';
    const moved = `{ provider: hybrid, mode: source, source: { provider: local, root: ./files }, target: ${side} }`;
    await writeFile(config, text.replace('storages:\n', `storages:\n  cold: ${moved}\n`));
    const unknown = await ran('migrate', '--config', config, '--storage', 'uploads');
    expect(unknown).toMatchObject({ code: 2 });
    expect(unknown.stderr).toMatch(/storages\.cold\.target.* left alone with --provider <name>/);

    const known = ['--config', config, '--provider', 'attic', '--storage'] as const;
    expect(await ran('migrate', ...known, 'uploads', '--stopped')).toMatchObject({ code: 0 });
    expect(await ran('verify', ...known, 'uploads')).toMatchObject({ code: 0 });
    for (const command of ['migrate', 'verify', 'status', 'plan']) {
      const { code, stderr } = await ran(command, ...known, 'cold');
      expect({ command, code }).toEqual({ command, code: 2 });
      expect(stderr).toMatch(
        /the storage cold goes from local to attic: .* any two providers: migrate\(\) of @org\/storage-migration/,
      );
    }
  });

  it('a registry that only the application knows', async () => {
    const { config } = await configured({ a: '1' });
    const text = await readFile(config, 'utf8');
    await writeFile(config, text.replace('"sqlite:./fleet.sqlite"', '"memory:"'));
    const { code, stderr } = await ran('migrate', '--config', config);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/a registry in memory is known to one process alone/),
    });
  });
});

describe('the names of storages, for completion', () => {
  it('are the hybrid ones of the configuration', async () => {
    const { config } = await configured({});
    vi.stubEnv('STORAGE_CONFIG', config);
    const asked = ['completion', 'bash', '--storages'] as const;
    expect(await ran(...asked)).toEqual({ code: 0, stdout: 'uploads\n', stderr: '' });
    await writeFile(config, 'storages: [');
    expect(await ran(...asked)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('are not got by running anything', async () => {
    const home = await temporaryDirectory();
    const file = join(home, 'storage.mjs');
    await writeFile(
      file,
      `import { writeFileSync } from 'node:fs';
      writeFileSync(new URL('./ran', import.meta.url), '');
      export default { storages: {} };`,
    );
    bareEnvironment(home, { STORAGE_CONFIG: file });
    expect(await ran('completion', 'zsh', '--storages')).toMatchObject({ code: 0, stdout: '' });
    expect(existsSync(join(home, 'ran'))).toBe(false);
  });
});
