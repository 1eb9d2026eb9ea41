import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cloudFormationTemplate,
  iamPolicy,
  terraformConfiguration,
} from '@org/storage-s3/provision';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { run } from '../src/main.js';
import { temporaryDirectory } from './fixtures.js';

async function provision(...args: readonly string[]) {
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    const spy = vi.spyOn(process[name], 'write').mockImplementation((piece) => {
      text[name] += String(piece);
      return true;
    });
    onTestFinished(() => spy.mockRestore());
  }
  const code = await run(['provision', ...args]);
  return { code, ...text };
}

describe('storage provision iam', () => {
  it('prints the policy', async () => {
    const { code, stdout } = await provision('iam', 'application', 's3://files/app');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(
      iamPolicy('application', { bucket: 'files', prefix: 'app' }),
    );
  });

  it('takes what narrows it, and what widens it', async () => {
    const some = ['--feature', 'tags', '--feature', 'unfinished-uploads', '--region', 'cn-north-1'];
    const { stdout } = await provision('iam', 'application', 's3://files', ...some);
    const features = { tags: true, unfinishedUploads: true };
    expect(JSON.parse(stdout)).toEqual(
      iamPolicy('application', { bucket: 'files', region: 'cn-north-1', features }),
    );
    const fleet = await provision('iam', 'migrator', 's3://files', '--fleet', 'ops/.fleet');
    expect(fleet.stdout).toContain('arn:aws:s3:::files/ops/.fleet/*');
  });

  it('says what is wrong, and prints nothing', async () => {
    for (const args of [
      ['iam', 'nobody', 's3://files'],
      ['iam', 'migrator', 's3://files', '--mode', 'hybrid'],
      ['iam', 'application', 's3://files', '--feature', 'wings'],
      ['terraform', 's3://files'],
      ['terraform', 's3://files', '--region', 'x', '--guard'],
      ['terraform', 's3://files', '--region', 'x', '--guard', '--role', 'migrator'],
    ]) {
      const { code, stdout, stderr } = await provision(...args);
      expect(code).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).not.toBe('');
      vi.restoreAllMocks();
    }
  });
});

describe('storage provision cloudformation and terraform', () => {
  it('print the bucket with its settings and its roles', async () => {
    const file = join(await temporaryDirectory(), 'bucket.json');
    await writeFile(file, JSON.stringify({ versioning: 'enabled' }));
    const args = ['s3://my-files/app', '--region', 'eu-central-1', '--settings', file];
    const roles = [
      '--role',
      'application',
      '--role',
      'provisioner',
      '--trusts',
      'ec2.amazonaws.com',
    ];
    const trusts = 'ec2.amazonaws.com';
    const given = {
      bucket: 'my-files',
      region: 'eu-central-1',
      settings: { versioning: 'enabled' },
      roles: [
        { role: 'application', prefix: 'app/', trusts },
        { role: 'provisioner', trusts },
      ],
    } as const;
    const template = await provision('cloudformation', ...args, ...roles);
    expect(template.code).toBe(0);
    expect(JSON.parse(template.stdout)).toEqual(cloudFormationTemplate(given));
    vi.restoreAllMocks();
    const configuration = await provision('terraform', ...args, ...roles);
    expect(JSON.parse(configuration.stdout)).toEqual(terraformConfiguration(given));
    vi.restoreAllMocks();
    const guarded = await provision(
      'terraform',
      ...args,
      ...roles,
      '--role',
      'migrator',
      '--guard',
    );
    expect(JSON.parse(guarded.stdout)).toEqual(
      terraformConfiguration({
        ...given,
        roles: [...given.roles, { role: 'migrator', prefix: 'app/', trusts, guard: true }],
      }),
    );
  });
});
