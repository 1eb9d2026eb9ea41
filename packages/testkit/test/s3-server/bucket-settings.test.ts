import { get } from 'node:https';
import {
  CreateBucketCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  PutBucketLifecycleConfigurationCommand,
  type PutBucketLifecycleConfigurationCommandInput,
  PutBucketLoggingCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { startS3Server } from '../../src/s3-server/index.js';
import { TLS } from './certificate.js';
import { clientOf, failure } from './client.js';
import { useServer } from './running-server.js';
import { send } from './signed-request.js';

const OWNER = { accessKeyId: 'AKOWNER', secretAccessKey: 'secret of the owner' };
const OTHER = { accessKeyId: 'AKOTHER', secretAccessKey: 'secret of another' };
const running = useServer({ buckets: ['photos', 'logs'], credentials: [OWNER, OTHER] });

describe('logging', () => {
  const Bucket = 'photos';
  const put = (TargetBucket: string | undefined) =>
    running.client.send(
      new PutBucketLoggingCommand({
        Bucket,
        BucketLoggingStatus:
          TargetBucket === undefined
            ? {}
            : { LoggingEnabled: { TargetBucket, TargetPrefix: 'p/' } },
      }),
    );
  const found = async () =>
    (await running.client.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled;

  it('is off, goes to a bucket of the same owner, and is turned off again', async () => {
    expect(await found()).toBeUndefined();
    await put('logs');
    expect(await found()).toEqual({ TargetBucket: 'logs', TargetPrefix: 'p/' });
    await put(undefined);
    expect(await found()).toBeUndefined();
  });

  it('goes to no other bucket', async () => {
    const refused = failure('InvalidTargetBucketForLogging', 400);
    await expect(put('missing')).rejects.toMatchObject(refused);
    const other = clientOf(running.server, { credentials: OTHER });
    await other.send(new CreateBucketCommand({ Bucket: 'theirs' }));
    other.destroy();
    await expect(put('theirs')).rejects.toMatchObject(refused);
    for (const body of [
      '<LoggingEnabled/>',
      '<BucketLoggingStatus><LoggingEnabled/></BucketLoggingStatus>',
    ]) {
      const request = { method: 'PUT', path: '/photos', query: { logging: '' }, body };
      expect(await send(running.server, request)).toMatchObject({ code: 'MalformedXML' });
    }
  });
});

describe('the size from which files change their class', () => {
  const Bucket = 'photos';
  const put = (more: Partial<PutBucketLifecycleConfigurationCommandInput>) =>
    running.client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: [{ ID: 'r', Status: 'Enabled', Filter: {}, Expiration: { Days: 1 } }],
        },
        ...more,
      }),
    );
  const found = async () => {
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket });
    return (await running.client.send(command)).TransitionDefaultMinimumObjectSize;
  };

  it('is kept until a request leaves it out', async () => {
    await put({ TransitionDefaultMinimumObjectSize: 'varies_by_storage_class' });
    expect(await found()).toBe('varies_by_storage_class');
    await put({});
    expect(await found()).toBe('all_storage_classes_128K');
  });

  it('is one of those that there are', async () => {
    const answer = await send(running.server, {
      method: 'PUT',
      path: '/photos',
      query: { lifecycle: '' },
      headers: { 'x-amz-transition-default-minimum-object-size': 'huge' },
      body: '<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter/><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>',
    });
    expect(answer).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });
});

describe('a server that speaks https', () => {
  it('tells policies so', async () => {
    await using server = await startS3Server({ buckets: ['photos'], tls: TLS });
    expect(server.endpoint).toMatch(/^https:/);
    const answer = await new Promise<number | undefined>((done, failed) => {
      get(`${server.endpoint}/photos`, { ca: TLS.cert }, (response) => {
        response.resume();
        done(response.statusCode);
      }).on('error', failed);
    });
    expect(answer).toBe(403);
  });
});
