import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import {
  applyBucket,
  type BucketSettings,
  createBucketClient,
  differenceLines,
  planBucket,
} from '@org/storage-s3/provision';
import { startS3Server } from '@org/storage-testkit/s3-server';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  differenceOf,
  pendingOf,
  provisioned,
  STRANGER,
  someBucket,
  useTlsServer,
} from './server.js';

const running = useTlsServer();

const SETTINGS: BucketSettings = {
  versioning: 'enabled',
  lifecycle: { abandonedUploads: { days: 7 } },
  cors: { origins: ['https://app.example.com'] },
  tags: { team: 'files' },
};

describe('a setting that the server does not know', () => {
  test.each([
    ['NotImplemented', 501],
    ['MethodNotAllowed', 405],
    ['MalformedXML', 400],
  ])('is told as such, and the others are made: %s', async (code, status) => {
    const { client, server } = running;
    const bucket = someBucket();
    server.faults.add({ type: 'error', code, status, operation: 'GetBucketCors' });
    server.faults.add({ type: 'error', code, status, operation: 'PutBucketTagging' });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    const plan = await planBucket(client, bucket, SETTINGS);
    expect(differenceOf(plan, 'cors').kind).toBe('unsupported');
    expect(differenceLines(differenceOf(plan, 'cors'))).toEqual([
      expect.stringMatching(/^! cors: .*does not know/),
    ]);
    const outcomes = await applyBucket(client, plan);
    expect(outcomes.filter(({ result }) => result !== 'done')).toEqual([
      { setting: 'tags', result: 'unsupported', message: expect.stringContaining('not know') },
    ]);
    expect(Object.keys(pendingOf(await planBucket(client, bucket, SETTINGS)))).toEqual(['tags']);
  });

  test('is told as such where its answer is to another question, or a page', async () => {
    const pages = createServer((request, response) => {
      const isHead = request.method === 'HEAD';
      response.writeHead(200, { 'content-type': 'text/html' });
      const listing = '<ListBucketResult><Name>b</Name></ListBucketResult>';
      response.end(isHead ? '' : request.url?.includes('tagging') ? '<p>hello<br></p' : listing);
    });
    await new Promise<void>((done) => pages.listen(0, '127.0.0.1', done));
    onTestFinished(() => void pages.close());
    const { port } = pages.address() as AddressInfo;
    const client = createBucketClient({
      endpoint: `http://127.0.0.1:${port}`,
      credentials: STRANGER,
    });
    onTestFinished(() => client.destroy());
    const plan = await planBucket(client, 'bucket', {
      encryption: { type: 'sse-s3' },
      tags: { a: 'b' },
    });
    for (const setting of ['ownership', 'encryption', 'public access', 'tags'] as const) {
      expect(differenceOf(plan, setting).kind, setting).toBe('unsupported');
    }
  });

  test('is told as such where it is taken and not kept', async () => {
    const { connect } = running;
    const client = connect();
    swallow(client, 'PutBucketTaggingCommand');
    const bucket = someBucket();
    const plan = await planBucket(client, bucket, SETTINGS);
    const outcomes = await applyBucket(client, plan, { settle: 120 });
    expect(outcomes).toContainEqual({
      setting: 'tags',
      result: 'unsupported',
      message: expect.stringContaining('does not show it after 120 ms'),
    });
  });
});

/** A server that says yes, and does nothing. */
function swallow(client: S3Client, name: string): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== name) return next(args);
      return { output: { $metadata: {} }, response: {} };
    },
    { step: 'initialize' },
  );
}

test('what is denied is told with what would allow it, and the others are made', async () => {
  const { client, server } = running;
  const bucket = someBucket();
  server.faults.add({ type: 'error', code: 'AccessDenied', operation: 'GetBucketVersioning' });
  server.faults.add({ type: 'error', code: 'AccessDenied', operation: 'PutBucketPolicy' });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const plan = await planBucket(client, bucket, SETTINGS);
  expect(differenceOf(plan, 'versioning')).toMatchObject({
    kind: 'denied',
    message: expect.stringContaining('s3:GetBucketVersioning'),
  });
  const outcomes = await applyBucket(client, plan);
  expect(outcomes.filter(({ result }) => result !== 'done')).toEqual([
    { setting: 'policy', result: 'denied', message: expect.stringContaining('s3:PutBucketPolicy') },
  ]);
});

test('what the server refuses is told in its words', async () => {
  const { client } = running;
  const settings: BucketSettings = { logging: { bucket: someBucket() } };
  const plan = await planBucket(client, someBucket(), settings);
  expect(await applyBucket(client, plan)).toContainEqual({
    setting: 'logging',
    result: 'failed',
    message: expect.stringMatching(/InvalidTargetBucketForLogging.*does not exist/),
  });
});

test('requests are logged to a bucket that there is', async () => {
  const { client } = running;
  const [logs, bucket] = [someBucket(), someBucket()];
  await client.send(new CreateBucketCommand({ Bucket: logs }));
  const settings: BucketSettings = { logging: { bucket: logs } };
  expect(pendingOf(await planBucket(client, bucket, settings))['logging']).toEqual([
    `+ logging: to ${logs}, below ${bucket}/`,
  ]);
  expect(pendingOf(await provisioned(client, bucket, settings))).toEqual({});
});

describe('a bucket', () => {
  test('whose name is somebody else’s is told as such', async () => {
    const { client, connect } = running;
    const bucket = someBucket();
    const plan = await planBucket(client, bucket, {});
    const stranger = connect({ credentials: STRANGER });
    await stranger.send(new CreateBucketCommand({ Bucket: bucket }));
    await expect(applyBucket(client, plan)).rejects.toMatchObject({
      code: 'AlreadyExists',
      message: expect.stringContaining('choose another'),
    });
    const theirs = await planBucket(client, bucket, SETTINGS);
    expect(differenceOf(theirs, 'bucket')).toMatchObject({ kind: 'denied' });
    expect(pendingOf(theirs)).toEqual({});
  });

  test('is made in the region that is asked for, and told where it can’t', async () => {
    await using frankfurt = await startS3Server({ region: 'eu-central-1' });
    const { endpoint, credentials } = frankfurt;
    const open = (region: string) => {
      const client = createBucketClient({ endpoint, region, credentials });
      onTestFinished(() => client.destroy());
      return client;
    };
    const client = open('eu-central-1');
    const bucket = someBucket();
    const how = { server: 'aws' } as const;
    const plan = await planBucket(client, bucket, {}, how);
    expect(differenceLines(differenceOf(plan, 'bucket'))).toEqual(['+ bucket: eu-central-1']);
    await applyBucket(client, plan);
    expect(pendingOf(await planBucket(client, bucket, { region: 'eu-central-1' }, how))).toEqual(
      {},
    );
    await expect(planBucket(client, bucket, { region: 'eu-west-1' }, how)).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringContaining('is in region eu-central-1, and a bucket can’t move'),
    });
    const elsewhere = await planBucket(client, someBucket(), { region: 'eu-west-1' }, how);
    await expect(applyBucket(client, elsewhere)).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringContaining('eu-west-1'),
    });
    const wrong = open('us-east-1');
    await expect(planBucket(wrong, bucket, {}, how)).rejects.toMatchObject({
      message: expect.stringContaining('eu-central-1'),
    });
  });

  test('is not asked about without credentials that are right, or where nobody listens', async () => {
    const { connect } = running;
    const wrong = { ...STRANGER, secretAccessKey: 'another' };
    await expect(
      applyBucket(
        connect({ credentials: wrong }),
        await planBucket(running.client, someBucket(), {}),
      ),
    ).rejects.toMatchObject({ code: 'AccessDenied' });
    const nobody = connect({ endpoint: 'https://127.0.0.1:9' });
    await expect(planBucket(nobody, someBucket(), {})).rejects.toMatchObject({
      code: 'Unavailable',
    });
    const missing = (): Promise<string> => Promise.reject(new Error('Region is missing'));
    const nowhere = connect({ region: missing });
    await expect(planBucket(nowhere, someBucket(), {})).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringContaining('AWS_REGION'),
    });
    await expect(
      planBucket(running.client, someBucket(), {}, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'Aborted' });
  });
});

describe('an interrupted change', () => {
  test('is completed by the next run, wherever it was cut', async () => {
    const { client, server } = running;
    const bucket = someBucket();
    let runs = 0;
    for (; ; runs++) {
      server.faults.clear();
      const plan = await planBucket(client, bucket, SETTINGS);
      if (Object.keys(pendingOf(plan)).length === 0) break;
      // The next write takes effect, and its answer is lost, or does not happen at all.
      const type = runs % 2 === 0 ? 'lost-answer' : 'reset';
      server.faults.add({ type, method: 'PUT', from: 1 + (runs % 2), times: 1 });
      await applyBucket(client, plan).catch((error: unknown) =>
        expect(error).toMatchObject({ code: 'Unavailable' }),
      );
    }
    expect(runs).toBeGreaterThan(3);
  });

  test('ends with the signal', async () => {
    const { connect } = running;
    const client = connect();
    swallow(client, 'PutBucketTaggingCommand');
    const plan = await planBucket(client, someBucket(), SETTINGS);
    const stop = new AbortController();
    client.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'PutBucketTaggingCommand') setImmediate(() => stop.abort());
        return next(args);
      },
      { step: 'initialize', priority: 'high' },
    );
    await expect(
      applyBucket(client, plan, { settle: 60_000, signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'Aborted' });
  });
});

describe('two at once', () => {
  test('come to the same, whether the bucket is there or not', async () => {
    const { client, connect } = running;
    const bucket = someBucket();
    for (const settings of [SETTINGS, { ...SETTINGS, tags: { team: 'others' } }]) {
      const both = [client, connect()];
      const plans = await Promise.all(both.map((each) => planBucket(each, bucket, settings)));
      const outcomes = await Promise.all(
        both.flatMap((each, index) => {
          const plan = plans[index];
          return plan === undefined ? [] : [applyBucket(each, plan)];
        }),
      );
      for (const outcome of outcomes) {
        expect(outcome.filter(({ result }) => result !== 'done')).toEqual([]);
      }
      expect(pendingOf(await planBucket(client, bucket, settings))).toEqual({});
    }
  });

  test('wait for each other where the server asks them to', async () => {
    const { client, server } = running;
    const bucket = someBucket();
    const plan = await planBucket(client, bucket, SETTINGS);
    server.faults.add({
      type: 'error',
      code: 'OperationAborted',
      status: 409,
      operation: 'PutBucketLifecycleConfiguration',
      times: 2,
    });
    const outcomes = await applyBucket(client, plan);
    expect(outcomes.filter(({ result }) => result !== 'done')).toEqual([]);
  });
});

test('a change that is seen late is awaited', async () => {
  const { client, connect } = running;
  const bucket = someBucket();
  await provisioned(client, bucket, {});
  const late = connect();
  let reads = 0;
  let held: (() => Promise<unknown>) | undefined;
  late.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === 'PutBucketTaggingCommand') {
        held = () => next(args);
        return { output: { $metadata: {} }, response: {} };
      }
      if (context.commandName === 'GetBucketTaggingCommand' && held && ++reads === 3) await held();
      return next(args);
    },
    { step: 'initialize' },
  );
  const plan = await planBucket(late, bucket, SETTINGS);
  expect(await applyBucket(late, plan)).toContainEqual({ setting: 'tags', result: 'done' });
  expect(reads).toBe(3);
});

describe('settings that make no sense', () => {
  test.each<[BucketSettings, RegExp]>([
    [{ publicPrefix: '' }, /whole bucket/],
    [{ publicPrefix: 'public', blockPublicAccess: true }, /leave blockPublicAccess out/],
    [{ publicPrefix: 'a//b' }, /can’t begin a key/],
    [{ access: [{ principal: 'me', as: 'application' }] }, /no ARN/],
    [{ lifecycle: { tombstones: { days: 0 } } }, /tombstones\.days/],
    [{ lifecycle: { noncurrentVersions: { days: 1, keep: 101 } } }, /1 to 100/],
    [{ lifecycle: { transitions: [{ days: 7, storageClass: 'STANDARD_IA' }] } }, /30 or more/],
    [
      {
        lifecycle: {
          transitions: [
            { days: 30, storageClass: 'GLACIER' },
            { days: 60, storageClass: 'GLACIER' },
          ],
        },
      },
      /twice/,
    ],
    [{ cors: { origins: ['https://app.example.com/'] } }, /no origin/],
    [{ cors: { origins: ['*'], methods: [] } }, /methods is empty/],
    [{ tags: { 'aws:a': 'b' } }, /Amazon’s/],
    [{ tags: { a: '<' } }, /value of "a"/],
    [{ logging: { bucket: 'itself' } }, /another bucket/],
    [{ encryption: { type: 'sse-kms', keyId: '' } }, /keyId is empty/],
  ])('are refused before anything is asked: %j', async (settings, message) => {
    const { client, server } = running;
    await expect(planBucket(client, 'itself', settings)).rejects.toMatchObject({
      code: 'InvalidArgument',
      message: expect.stringMatching(message),
    });
    expect(server.requests.count('PutBucketPolicy')).toBe(0);
  });
});
