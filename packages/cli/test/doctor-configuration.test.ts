import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromConfiguration } from '../src/doctor/from-configuration.js';
import { diagnosed, hospital, linesOf } from './doctor-fixtures.js';
import { temporaryDirectory } from './fixtures.js';

async function configured(text: string) {
  const home = await temporaryDirectory();
  await mkdir(join(home, 'config'));
  const config = join(home, 'config', 'storage.yml');
  await writeFile(config, text);
  return { home, config };
}

describe('a configuration', () => {
  it('has all its mistakes told', async () => {
    const { config } = await configured(
      'storages:\n  uploads:\n    provider: s3\n    buket: uploads\n    partSize: 1\n',
    );
    const found = await fromConfiguration({ config });
    expect(found.bucket).toBeUndefined();
    const report = await diagnosed(found);
    expect(report.healthy).toBe(false);
    const lines = linesOf(report, 'configuration');
    expect(lines.filter((line) => line.startsWith('FAILURE')).length).toBeGreaterThan(1);
    expect(lines.join('\n')).toMatch(/storage\.yml:4:\d+ storages\.uploads\.buket/);
  });

  it('has providers of the application’s own, which can’t be looked at here', async () => {
    const { config } = await configured(`
storages:
  cold:
    provider: hybrid
    mode: source
    source: { provider: local, root: ., createRoot: true }
    target: { provider: attic, shelf: 3 }
`);
    const found = await fromConfiguration({ config, provider: ['attic'] });
    expect(linesOf(await diagnosed(found), 'configuration')).toContain(
      'note     the provider attic is the application’s own, and is not looked at',
    );
    const unknown = await diagnosed(await fromConfiguration({ config }));
    expect(linesOf(unknown, 'configuration')[0]).toMatch(/^FAILURE .*storages\.cold\.target/);
  });

  it('says what is to be looked at', async () => {
    const { server } = await hospital();
    const { accessKeyId, secretAccessKey } = server.credentials;
    const { home, config } = await configured(`
storages:
  uploads:
    provider: hybrid
    mode: prepare
    source: { provider: local, root: ./uploads, createRoot: true }
    target:
      provider: s3
      bucket: bucket
      region: us-east-1
      endpoint: ${server.endpoint}
      credentials:
        accessKeyId: ${accessKeyId}
        secretAccessKey: ${secretAccessKey}
    migration: { journal: ./journal.sqlite }
`);
    await chmod(config, 0o644);
    const found = await fromConfiguration({ config });
    expect(found).toMatchObject({ mode: 'prepare', directory: { path: join(home, 'uploads') } });
    expect(found.journal?.place).toBe(join(home, 'journal.sqlite'));
    const report = await diagnosed(found);
    expect(report.healthy).toBe(true);
    expect(linesOf(report, 'configuration')).toEqual([
      `ok       ${config}, environment test: uploads (hybrid)`,
      `WARNING  ${config}:14 has a secret in it`,
      '→ name a variable in its place, or a file (secretAccessKeyFile)',
      `WARNING  ${config} holds a secret, and everybody on this machine may read it`,
      `→ chmod 640 ${config}`,
    ]);
    expect(JSON.stringify(report)).not.toContain(secretAccessKey);
    expect(linesOf(report, 'directory')).toEqual([
      `note     ${join(home, 'uploads')} is not there yet, and will be made`,
    ]);
  });

  it('names a secret file that everybody may read', async () => {
    const { home, config } = await configured(`
storages:
  files:
    provider: s3
    bucket: bucket
    region: x
    credentials: { accessKeyId: AKIA, secretAccessKeyFile: ./secret }
`);
    const secret = join(home, 'secret');
    await writeFile(secret, 'wJalrXUtnFEMI', { mode: 0o644 });
    const { configuration } = await fromConfiguration({ config });
    expect(configuration.slice(1)).toEqual([
      {
        level: 'warning',
        text: `${secret} holds a secret, and everybody on this machine may read it`,
        mend: `chmod 640 ${secret}`,
      },
    ]);
    await chmod(secret, 0o640);
    expect((await fromConfiguration({ config })).configuration.slice(1)).toEqual([]);
  });

  it('of several storages takes the one that is named', async () => {
    const { home, config } = await configured(
      'storages:\n  a: { provider: local, root: ./a }\n  b: { provider: local, root: ./b }\n',
    );
    const found = await fromConfiguration({ config, storage: 'b' });
    expect(found.directory?.path).toBe(join(home, 'b'));
    for (const asked of [{ config }, { config, storage: 'c' }])
      await expect(fromConfiguration(asked)).rejects.toMatchObject({ code: 'InvalidArgument' });
  });
});
