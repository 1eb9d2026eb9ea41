import {
  type IamPolicyOptions,
  iamPolicy,
  MAX_POLICY_SIZE,
  type Role,
} from '@org/storage-s3/provision';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actionsOf, CALLS } from '../../../src/provision/iam/calls.js';
import { startedServer, storageOf, userWith } from './users.js';

const ROLES: readonly Role[] = ['application', 'migrator', 'readonly', 'provisioner'];
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';

const policyOf = (role: Role, options: Partial<IamPolicyOptions> = {}) =>
  iamPolicy(role, { bucket: 'files', ...options });
const statement = (role: Role, sid: string, options: Partial<IamPolicyOptions> = {}) =>
  policyOf(role, options).Statement.find(({ Sid }) => Sid === sid);

describe('a policy', () => {
  it('names the bucket and the files below the prefix, and no others', () => {
    for (const role of ROLES) {
      const resources = policyOf(role, { prefix: 'app' }).Statement.flatMap(
        ({ Resource = [] }) => Resource,
      );
      for (const resource of resources)
        expect(resource).toMatch(/^arn:aws:s3:::files(\/app\/(\.storage\/)?\*)?$/);
    }
    expect(statement('readonly', 'List', { prefix: 'app' })).toMatchObject({
      Condition: { StringLike: { 's3:prefix': ['app/*'] } },
    });
    expect(statement('readonly', 'List')).not.toHaveProperty('Condition');
  });

  it('names actions, each for itself, and never all of a kind', () => {
    for (const role of ROLES) {
      const actions = policyOf(role).Statement.flatMap(({ Action }) => Action);
      for (const action of actions) expect(action).toMatch(/^s3:[A-Za-z]+$/);
    }
  });

  it('has unique names of letters and digits for its statements', () => {
    for (const role of ROLES) {
      const names = policyOf(role).Statement.map(({ Sid }) => Sid);
      expect(new Set(names).size).toBe(names.length);
      for (const name of names) expect(name).toMatch(/^[A-Za-z0-9]+$/);
    }
  });

  it('is in the partition of its region', () => {
    expect(JSON.stringify(policyOf('application', { region: 'cn-north-1' }))).not.toContain(
      ':aws:',
    );
    expect(statement('readonly', 'Read', { region: 'us-gov-west-1' })?.Resource).toEqual([
      'arn:aws-us-gov:s3:::files/*',
    ]);
  });

  it('has the key of KMS for who needs it, and for S3 alone', () => {
    const features = { kmsKey: KEY };
    expect(statement('readonly', 'Key', { features })?.Action).toEqual(['kms:Decrypt']);
    expect(statement('migrator', 'Key', { features })).toMatchObject({
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: [KEY],
      Condition: { StringLike: { 'kms:ViaService': 's3.*.amazonaws.com' } },
    });
  });

  it('asks no server but Amazon’s for preconditions: others take such a condition for one that never holds', () => {
    const conditions = policyOf('migrator', { server: 'ceph' }).Statement.map((s) => s.Condition);
    expect(conditions.filter((condition) => condition !== undefined)).toEqual([]);
    expect(JSON.stringify(policyOf('migrator'))).toContain('s3:if-none-match');
  });

  it('lets an application delete nothing from the bucket before the cutover', () => {
    const actions = (mode?: IamPolicyOptions['mode']) =>
      policyOf('application', { mode }).Statement.flatMap(({ Action }) => Action);
    for (const mode of ['source', 'prepare', 'hybrid'] as const)
      expect(actions(mode).filter((action) => action.includes('Delete'))).toEqual([]);
    expect(actions('target')).toContain('s3:DeleteObject');
    expect(actions('source')).toEqual(['s3:ListBucket']);
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'a name that is none of a bucket',
      () => policyOf('readonly', { bucket: 'a*' }),
      /no name of a bucket/,
    ],
    [
      'a prefix that begins no key',
      () => policyOf('readonly', { prefix: '/a' }),
      /can’t begin a key/,
    ],
    [
      'characters that IAM does not take',
      () => policyOf('readonly', { prefix: '日本' }),
      /Latin-1/,
    ],
    [
      'an alias',
      () => policyOf('readonly', { features: { kmsKey: 'alias/x' } }),
      /no ARN of a key/,
    ],
    ['a mode of a migrator', () => policyOf('migrator', { mode: 'hybrid' }), /only an application/],
    [
      'tags while two stores are one',
      () => policyOf('application', { mode: 'hybrid', features: { tags: true } }),
      /mode hybrid/,
    ],
    [
      'what a role has no use for',
      () => policyOf('readonly', { features: { probe: true } }),
      /makes no use/,
    ],
    ['settings of an application', () => policyOf('application', { settings: {} }), /provisioner/],
    [
      'a policy that is too long',
      () => policyOf('migrator', { prefix: `${'a/'.repeat(500)}a`, features: { fleet: 'b' } }),
      /6144|6,144/,
    ],
  ])('is refused for %s', (_, make, message) => {
    expect(make).toThrow(
      expect.objectContaining({ code: 'InvalidArgument', message: expect.stringMatching(message) }),
    );
  });

  it('fits into what IAM takes, with all features and a prefix of 200 characters', () => {
    const prefix = 'p'.repeat(200);
    const all = { tags: true, versions: true, unfinishedUploads: true, acl: true, kmsKey: KEY };
    const some = { acl: true, kmsKey: KEY, fleet: prefix };
    for (const policy of [
      policyOf('application', { prefix, features: { ...all, fleet: prefix, probe: true } }),
      policyOf('migrator', { prefix, features: some }),
      policyOf('provisioner'),
    ])
      expect(JSON.stringify(policy).length).toBeLessThanOrEqual(MAX_POLICY_SIZE);
  });

  it('takes a prefix for its letters, whatever they mean to a policy', async () => {
    const server = await startedServer();
    await fc.assert(
      fc.asyncProperty(
        fc.string({
          unit: fc.constantFrom('a', '*', '?', '$', '{', '}'),
          minLength: 1,
          maxLength: 8,
        }),
        fc.string({
          unit: fc.constantFrom('a', '*', '?', '$', '{', '}'),
          minLength: 1,
          maxLength: 8,
        }),
        async (prefix, other) => {
          const user = userWith(server, [policyOf('application', { prefix })]);
          const own = storageOf(server, { prefix }, user);
          await own.upload('k', 'x');
          expect(await own.exists('k')).toBe(true);
          const elsewhere = storageOf(server, { prefix: other }, user);
          const denied = elsewhere.upload('k', 'x').then(
            () => false,
            () => true,
          );
          expect(await denied).toBe(prefix !== other);
        },
      ),
      { numRuns: 12 },
    );
  });
});

describe('the calls', () => {
  it('are each allowed by actions of their own', () => {
    for (const actions of Object.values(CALLS)) expect(actions.length).toBeGreaterThan(0);
    expect(actionsOf(['HeadObject', 'GetObject', 'CopyObject'])).toEqual([
      's3:GetObject',
      's3:PutObject',
    ]);
  });
});
