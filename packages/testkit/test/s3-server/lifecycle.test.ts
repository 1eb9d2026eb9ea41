import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  type LifecycleRule,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { failure } from './client.js';
import { useServer } from './running-server.js';
import { send } from './signed-request.js';

const DAY = 24 * 60 * 60 * 1000;
const running = useServer();
let Bucket: string;
let buckets = 0;

beforeEach(async () => {
  buckets += 1;
  Bucket = `bucket-${buckets}`;
  await running.client.send(new CreateBucketCommand({ Bucket }));
});

const rule = (more: Partial<LifecycleRule>): LifecycleRule => ({
  ID: 'r',
  Status: 'Enabled',
  Filter: {},
  ...more,
});
const configure = (...Rules: LifecycleRule[]) =>
  running.client.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
  );
const put = async (Key: string, more = {}) =>
  (await running.client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...more }))).VersionId;
const remove = async (Key: string) =>
  (await running.client.send(new DeleteObjectCommand({ Bucket, Key }))).VersionId;
const enableVersioning = (Status: 'Enabled' | 'Suspended' = 'Enabled') =>
  running.client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }),
  );

/** What is done so many days after today’s midnight. */
const doneAfter = (days: number) => {
  const now = Math.floor(Date.now() / DAY) * DAY + days * DAY;
  return running.server
    .runLifecycle({ now, bucket: Bucket })
    .map((action) => `${action.type} ${action.key}`);
};

async function versions(): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await running.client.send(
    new ListObjectVersionsCommand({ Bucket }),
  );
  return [
    ...Versions.map(({ Key }) => `${Key}`),
    ...DeleteMarkers.map(({ Key }) => `marker ${Key}`),
  ];
}

describe('a run of the lifecycle', () => {
  it('expires objects when the day of their end is over', async () => {
    await configure(rule({ Expiration: { Days: 2 } }));
    await put('a');
    await put('b');
    expect(doneAfter(0)).toEqual([]);
    expect(doneAfter(2.99)).toEqual([]);
    expect(doneAfter(3)).toEqual(['expired a', 'expired b']);
    expect(await versions()).toEqual([]);
    expect(doneAfter(4)).toEqual([]);
  });

  it('does nothing by itself, nor without rules', async () => {
    await put('a');
    expect(doneAfter(10_000)).toEqual([]);
    await configure(rule({ Status: 'Disabled', Expiration: { Days: 1 } }));
    expect(doneAfter(10_000)).toEqual([]);
    expect(() => running.server.runLifecycle({ bucket: 'no-such-bucket' })).toThrow(RangeError);
  });

  it('goes over all buckets unless one is named', async () => {
    await configure(rule({ Expiration: { Days: 1 } }));
    await put('a');
    const done = running.server.runLifecycle({ now: Date.now() + 3 * DAY });
    expect(done).toContainEqual({ type: 'expired', bucket: Bucket, key: 'a' });
  });

  it.each<[string, Partial<LifecycleRule>, string[]]>([
    ['prefix', { Filter: { Prefix: 'tmp/' } }, ['tmp/small', 'tmp/tagged']],
    ['prefix of old', { Filter: undefined, Prefix: 'tmp/' }, ['tmp/small', 'tmp/tagged']],
    ['tag', { Filter: { Tag: { Key: 'keep', Value: 'no' } } }, ['tagged', 'tmp/tagged']],
    ['size', { Filter: { ObjectSizeGreaterThan: 5 } }, ['large']],
    [
      'both',
      { Filter: { And: { Prefix: 'tmp/', Tags: [{ Key: 'keep', Value: 'no' }] } } },
      ['tmp/tagged'],
    ],
    [
      'sizes',
      {
        Filter: {
          And: { Prefix: '', ObjectSizeLessThan: 5, Tags: [{ Key: 'keep', Value: 'yes' }] },
        },
      },
      [],
    ],
  ])('expires what the filter lets through: %s', async (_, filter, keys) => {
    await put('large', { Body: 'xxxxxx' });
    await put('tagged', { Tagging: 'keep=no' });
    await put('tmp/small');
    await put('tmp/tagged', { Tagging: 'keep=no&more=1' });
    await configure(rule({ ...filter, Expiration: { Days: 1 } }));
    expect(doneAfter(2)).toEqual(keys.map((key) => `expired ${key}`));
  });

  it('expires objects at a date', async () => {
    await put('a');
    await configure(rule({ Expiration: { Date: new Date('2100-01-01') } }));
    const run = (now: string) =>
      running.server.runLifecycle({ now: Date.parse(now), bucket: Bucket });
    expect(run('2099-12-31T23:59:59Z')).toEqual([]);
    expect(run('2100-01-01T00:00:00Z')).toHaveLength(1);
  });

  it('expires objects by markers where there are versions', async () => {
    await enableVersioning();
    await put('a');
    await configure(rule({ Expiration: { Days: 1 } }));
    expect(doneAfter(2)).toEqual(['expired a']);
    expect(await versions()).toEqual(['a', 'marker a']);
    expect(doneAfter(2)).toEqual([]);
  });

  it('deletes versions that have not been current for so many days', async () => {
    await enableVersioning();
    const one = await put('a');
    await put('a');
    await put('a');
    await configure(
      rule({
        NoncurrentVersionExpiration: { NoncurrentDays: 3, NewerNoncurrentVersions: 1 },
      }),
    );
    expect(doneAfter(3)).toEqual([]);
    const now = Math.floor(Date.now() / DAY) * DAY + 4 * DAY;
    expect(running.server.runLifecycle({ now, bucket: Bucket })).toEqual([
      { type: 'version-deleted', bucket: Bucket, key: 'a', versionId: one },
    ]);
    expect(await versions()).toEqual(['a', 'a']);
  });

  it('counts the days of a version from when it ceased to be current', async () => {
    await enableVersioning();
    await put('a');
    await configure(rule({ Expiration: { Days: 1 } }));
    expect(doneAfter(10.5)).toEqual(['expired a']);
    await configure(rule({ NoncurrentVersionExpiration: { NoncurrentDays: 3 } }));
    expect(doneAfter(13.9)).toEqual([]);
    expect(doneAfter(14)).toEqual(['version-deleted a']);
  });

  it('removes markers with nothing behind them, and no others', async () => {
    await enableVersioning();
    await remove('lone');
    await put('behind');
    await remove('behind');
    await configure(rule({ Expiration: { ExpiredObjectDeleteMarker: true } }));
    expect(doneAfter(0)).toEqual(['version-deleted lone']);
    expect(await versions()).toEqual(['behind', 'marker behind']);
  });

  it('brings a deleted object to its end', async () => {
    await enableVersioning();
    await put('a');
    await remove('a');
    await configure(
      rule({
        Expiration: { ExpiredObjectDeleteMarker: true },
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
      }),
    );
    expect(doneAfter(2)).toEqual(['version-deleted a', 'version-deleted a']);
    expect(await versions()).toEqual([]);
  });

  it('aborts uploads that nobody completes', async () => {
    const begin = (Key: string) =>
      running.client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    await begin('tmp/a');
    const { UploadId } = await begin('b');
    await configure(
      rule({
        Filter: { Prefix: 'tmp/' },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      }),
    );
    expect(doneAfter(1)).toEqual([]);
    expect(doneAfter(2)).toEqual(['upload-aborted tmp/a']);
    expect(running.server.openMultipartUploads(Bucket).map(({ key }) => key)).toEqual(['b']);
    const abort = { Bucket, Key: 'b', UploadId };
    await running.client.send(new AbortMultipartUploadCommand(abort));
  });
});

describe('rules that make no sense', () => {
  it.each<[string, LifecycleRule[], string]>([
    ['no action', [rule({})], 'InvalidRequest'],
    ['no days', [rule({ Expiration: { Days: 0 } })], 'InvalidArgument'],
    ['two ends', [rule({ Expiration: { Days: 1, Date: new Date('2100-01-01') } })], 'MalformedXML'],
    [
      'a date at noon',
      [rule({ Expiration: { Date: new Date('2100-01-01T12:00Z') } })],
      'InvalidArgument',
    ],
    ['no filter', [rule({ Filter: undefined, Expiration: { Days: 1 } })], 'MalformedXML'],
    [
      'one id twice',
      [rule({ Expiration: { Days: 1 } }), rule({ Expiration: { Days: 2 } })],
      'InvalidArgument',
    ],
    [
      'uploads by tags, which they have not',
      [
        rule({
          Filter: { Tag: { Key: 'a', Value: 'b' } },
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        }),
      ],
      'InvalidRequest',
    ],
  ])('are refused: %s', async (_, rules, code) => {
    await expect(configure(...rules)).rejects.toMatchObject(failure(code, 400));
  });

  it('are refused: none', async () => {
    const body = '<LifecycleConfiguration/>';
    const request = { method: 'PUT', path: `/${Bucket}`, query: { lifecycle: '' }, body };
    expect(await send(running.server, request)).toMatchObject({
      status: 400,
      code: 'MalformedXML',
    });
  });
});
