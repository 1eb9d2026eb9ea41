import {
  type BucketLifecycleConfiguration,
  type CORSRule,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  type LifecycleRule,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketTaggingCommand,
} from '@aws-sdk/client-s3';
import { applyBucket, type BucketSettings, planBucket } from '@org/storage-s3/provision';
import { describe, expect, test } from 'vitest';
import { pendingOf, provisioned, someBucket, useTlsServer } from './server.js';

const running = useTlsServer();

const SETTINGS: BucketSettings = {
  lifecycle: { abandonedUploads: { days: 7 }, tombstones: { days: 60, prefix: 'uploads/' } },
  cors: { origins: ['https://app.example.com', 'https://*.example.org'] },
  tags: { team: 'files' },
};

/** What somebody else has set up. */
function documentsOf(bucket: string) {
  const { client } = running;
  const Bucket = bucket;
  const arn = `arn:aws:s3:::${bucket}`;
  return {
    rules: async () => {
      const answer = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
      return answer.Rules ?? [];
    },
    putRules: (
      Rules: NonNullable<BucketLifecycleConfiguration['Rules']>,
      more: { TransitionDefaultMinimumObjectSize?: 'varies_by_storage_class' } = {},
    ) =>
      client.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: { Rules },
          ...more,
        }),
      ),
    cors: async () =>
      (await client.send(new GetBucketCorsCommand({ Bucket }))).CORSRules ?? ([] as CORSRule[]),
    putCors: (CORSRules: CORSRule[]) =>
      client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } })),
    tags: async () => (await client.send(new GetBucketTaggingCommand({ Bucket }))).TagSet,
    putTags: (TagSet: { Key: string; Value: string }[]) =>
      client.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } })),
    policy: async (): Promise<unknown> => {
      const { Policy } = await client.send(new GetBucketPolicyCommand({ Bucket }));
      return JSON.parse(Policy ?? '');
    },
    putPolicy: (document: unknown) =>
      client.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(document) })),
    arn,
  };
}

const THEIR_RULE: LifecycleRule = {
  ID: 'tidy',
  Status: 'Enabled',
  Filter: { And: { Prefix: 'tmp/', Tags: [{ Key: 'a', Value: 'b' }], ObjectSizeGreaterThan: 7 } },
  Expiration: { Days: 1 },
};
const THEIR_CORS: CORSRule = { AllowedOrigins: ['*'], AllowedMethods: ['GET'] };

describe('what is not ours', () => {
  test('stays beside ours, as it was', async () => {
    const bucket = someBucket();
    await provisioned(running.client, bucket, {});
    const documents = documentsOf(bucket);
    const theirs = {
      Sid: 'Theirs',
      Effect: 'Deny',
      Principal: { AWS: '123456789012' },
      Action: 's3:DeleteBucket',
      Resource: documents.arn,
    };
    await documents.putRules([THEIR_RULE], {
      TransitionDefaultMinimumObjectSize: 'varies_by_storage_class',
    });
    await documents.putCors([THEIR_CORS]);
    await documents.putTags([{ Key: 'owner', Value: 'them' }]);
    await documents.putPolicy({ Version: '2008-10-17', Id: 'them', Statement: theirs });

    expect(pendingOf(await provisioned(running.client, bucket, SETTINGS))).toEqual({});
    const rules = await documents.rules();
    expect(rules[0]).toEqual(THEIR_RULE);
    expect(rules.map(({ ID }) => ID)).toEqual([
      'tidy',
      'org-storage-abandoned-uploads',
      'org-storage-tombstones',
    ]);
    const answer = await running.client.send(
      new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }),
    );
    expect(answer.TransitionDefaultMinimumObjectSize).toBe('varies_by_storage_class');
    expect(await documents.cors()).toMatchObject([THEIR_CORS, { ID: 'org-storage-pages' }]);
    expect(await documents.tags()).toEqual([
      { Key: 'owner', Value: 'them' },
      { Key: 'team', Value: 'files' },
    ]);
    expect(await documents.policy()).toMatchObject({
      Version: '2008-10-17',
      Id: 'them',
      Statement: [theirs, { Sid: 'OrgStorageTlsOnly' }],
    });
  });

  test('stays when ours are taken away', async () => {
    const bucket = someBucket();
    await provisioned(running.client, bucket, SETTINGS);
    const documents = documentsOf(bucket);
    await documents.putRules([THEIR_RULE, ...(await documents.rules())]);
    expect(pendingOf(await provisioned(running.client, bucket, { lifecycle: {} }))).toEqual({});
    expect(await documents.rules()).toEqual([THEIR_RULE]);
    // of a bucket that has no rule there is no configuration
    const only = someBucket();
    await provisioned(running.client, only, SETTINGS);
    const none: BucketSettings = { lifecycle: {}, cors: { origins: [] }, tlsOnly: false };
    expect(pendingOf(await provisioned(running.client, only, none))).toEqual({});
    for (const read of [
      documentsOf(only).rules,
      documentsOf(only).cors,
      documentsOf(only).policy,
    ]) {
      await expect(read()).rejects.toMatchObject({ name: expect.stringMatching(/^NoSuch/) });
    }
  });

  test('stays when it comes between the plan and its change', async () => {
    const bucket = someBucket();
    await provisioned(running.client, bucket, {});
    const documents = documentsOf(bucket);
    const plan = await planBucket(running.client, bucket, SETTINGS);
    await documents.putRules([THEIR_RULE]);
    const outcomes = await applyBucket(running.client, plan);
    expect(outcomes).toContainEqual({ setting: 'lifecycle', result: 'done' });
    expect((await documents.rules()).map(({ ID }) => ID)).toContain('tidy');
  });

  test('is not set up a second time, if it does the same', async () => {
    const bucket = someBucket();
    await provisioned(running.client, bucket, {});
    const documents = documentsOf(bucket);
    await documents.putRules([
      {
        ID: 'by hand',
        Status: 'Enabled',
        Prefix: '',
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ]);
    const settings: BucketSettings = { lifecycle: { abandonedUploads: { days: 7 } } };
    expect(pendingOf(await planBucket(running.client, bucket, settings))).toEqual({});
    const off = (await documents.rules()).map((rule) => ({ ...rule, Status: 'Disabled' }) as const);
    await documents.putRules(off);
    expect(pendingOf(await planBucket(running.client, bucket, settings))).toHaveProperty(
      'lifecycle',
    );
  });
});

describe('ours', () => {
  test('are the same in another order, and as another server writes them down', async () => {
    const bucket = someBucket();
    const settings: BucketSettings = {
      ...SETTINGS,
      access: [{ principal: 'arn:aws:iam::123456789012:root', as: 'readonly' }],
      lifecycle: { ...SETTINGS.lifecycle, transitions: [{ days: 30, storageClass: 'GLACIER' }] },
    };
    await provisioned(running.client, bucket, settings);
    const documents = documentsOf(bucket);
    const rules = (await documents.rules()).toReversed().map(({ Filter, ...rule }) => {
      const { Prefix } = Filter ?? {};
      return Prefix === undefined ? { ...rule, Filter } : { ...rule, Prefix };
    });
    await documents.putRules(rules);
    const cors = await documents.cors();
    await documents.putCors(
      cors.map((rule) => ({
        ...rule,
        AllowedOrigins: rule.AllowedOrigins?.toReversed(),
        AllowedMethods: rule.AllowedMethods?.toReversed(),
        AllowedHeaders: rule.AllowedHeaders?.map((name) => name.toUpperCase()),
      })),
    );
    const policy = await documents.policy();
    await documents.putPolicy(rewritten(policy));
    expect(pendingOf(await planBucket(running.client, bucket, settings))).toEqual({});
  });

  test('that somebody has changed since the plan are left, and told', async () => {
    const bucket = someBucket();
    await provisioned(running.client, bucket, SETTINGS);
    const later: BucketSettings = { ...SETTINGS, tags: { team: 'others' } };
    const plan = await planBucket(running.client, bucket, later);
    const documents = documentsOf(bucket);
    await documents.putTags([{ Key: 'team', Value: 'third' }]);
    expect(await applyBucket(running.client, plan)).toEqual([
      { setting: 'tags', result: 'changed', message: expect.stringContaining('somebody else') },
    ]);
    expect(await documents.tags()).toEqual([{ Key: 'team', Value: 'third' }]);
  });

  test('that somebody changes in the very moment are told', async () => {
    const bucket = someBucket();
    await provisioned(running.client, bucket, {});
    const documents = documentsOf(bucket);
    const client = running.connect();
    client.middlewareStack.add(
      (next, context) => async (args) => {
        const result = await next(args);
        if (context.commandName === 'PutBucketTaggingCommand') {
          await documents.putTags([{ Key: 'team', Value: 'third' }]);
        }
        return result;
      },
      { step: 'initialize' },
    );
    const plan = await planBucket(client, bucket, { tags: { team: 'files' } });
    expect(await applyBucket(client, plan, { settle: 100 })).toEqual([
      { setting: 'tags', result: 'changed', message: expect.any(String) },
    ]);
  });

  test('that an earlier run has made already are done', async () => {
    const bucket = someBucket();
    const plan = await planBucket(running.client, bucket, SETTINGS);
    await applyBucket(running.client, plan);
    const again = await applyBucket(running.client, plan);
    expect(again.every(({ result }) => result === 'done')).toBe(true);
  });

  test('for somebody stay where the settings say nothing of it, and go where they say nobody', async () => {
    const bucket = someBucket();
    const principal = 'arn:aws:iam::123456789012:role/app';
    await provisioned(running.client, bucket, { access: [{ principal, as: 'application' }] });
    expect(pendingOf(await planBucket(running.client, bucket, {}))).toEqual({});
    const { policy } = pendingOf(await planBucket(running.client, bucket, { access: [] }));
    expect(policy?.length).toBeGreaterThan(0);
    for (const line of policy ?? []) expect(line).toMatch(/^- policy: OrgStorageApplication/);
  });
});

/** The same policy in other words. */
function rewritten(document: unknown): unknown {
  if (typeof document !== 'object' || document === null) return document;
  if (!('Statement' in document) || !Array.isArray(document.Statement)) return document;
  const statements: readonly Readonly<Record<string, unknown>>[] = document.Statement;
  return {
    ...document,
    Statement: statements.toReversed().map((statement) => {
      const { Action, Resource, Principal } = statement;
      return {
        ...statement,
        Action: Array.isArray(Action) ? Action.toReversed() : [Action],
        Resource: Array.isArray(Resource) ? single(Resource.toReversed()) : [Resource],
        Principal: Principal === '*' ? { AWS: ['*'] } : { AWS: '123456789012' },
      };
    }),
  };
}

function single(list: readonly unknown[]): unknown {
  return list.length === 1 ? list[0] : list;
}
