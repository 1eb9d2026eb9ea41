import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { validateConfiguration } from '../../src/index.js';
import { project } from './project.js';

const HYBRID = `storages:
  files:
    provider: hybrid
    mode: source
    source: { provider: local, root: ./files }
    target: { provider: s3, bucket: files, credentials: { accessKeyId: k, secretAccessKeyFile: secret } }
environments:
  production: {}
  staging:
    storages: { files: { fleet: { registry: "s3://files/fleet" } } }
`;

describe('a validation', () => {
  it('checks each environment, and warns of what works but is not wise', async () => {
    const cwd = await project({ 'config/storage.yml': HYBRID, secret: 'x' });
    await chmod(join(cwd, 'secret'), 0o600);
    const { environments, mistakes, warnings } = await validateConfiguration({ cwd, env: {} });
    expect(environments).toEqual(['development', 'production', 'staging']);
    expect(mistakes).toEqual([]);
    expect(warnings.map(({ line, path, message }) => [line, path, message])).toEqual([
      [2, 'storages.files', expect.stringContaining('has no fleet')],
      [10, 'storages.files.fleet.registry', expect.stringContaining('among the files')],
    ]);
  });

  it('warns of a secret that every user can read, and of two storages over the same files', async () => {
    const yaml = `${HYBRID.slice(0, HYBRID.indexOf('environments'))}  more: { provider: local, root: ./files/more }\n`;
    const cwd = await project({ 'config/storage.yml': yaml, secret: 'x' });
    await chmod(join(cwd, 'secret'), 0o644);
    const { warnings } = await validateConfiguration({ cwd, env: {} });
    expect(warnings.map(({ message }) => message)).toEqual([
      'names a file that every user of the machine can read',
      'has files that the storage files has as well',
    ]);
  });

  it('needs no secrets of other environments, but those of the one that is named', async () => {
    const cwd = await project({
      'config/storage.yml': HYBRID.replace('mode: source', 'mode: ${MODE}'),
    });
    const named = await validateConfiguration({ cwd, env: {}, environment: 'production' });
    expect(named.mistakes).toHaveLength(2);
    const files = {
      'config/storage.yml': `storages: { files: { provider: memory } }\nenvironments:\n  production:\n    storages: { files: { provider: s3, bucket: "\${B}", partSize: "\${P}", credentials: { accessKeyId: k, secretAccessKeyFile: "\${F}" } } }\n`,
    };
    const all = await validateConfiguration({ cwd: await project(files), env: {} });
    expect(all.mistakes).toEqual([]);
    expect(all.warnings).toHaveLength(3);
  });

  it('tells each mistake once, in the order of the file, also where several environments have it', async () => {
    const cwd = await project({
      'config/storage.yml':
        'storages:\n  a: { provider: local, rot: x }\n  b: { provider: s3, bucket: b, partSize: 1 }\nenvironments: { test: {}, production: {} }\n',
    });
    const { mistakes } = await validateConfiguration({ cwd, env: {} });
    expect(mistakes.map(({ line, path }) => [line, path])).toEqual([
      [2, 'storages.a.root'],
      [2, 'storages.a.rot'],
      [3, 'storages.b.partSize'],
    ]);
  });
});
