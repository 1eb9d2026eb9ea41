import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../src/s3-server/index.js';
import { clientOf } from './client.js';
import { type FormBody, type FormRequest, formBody, sendForm, signForm } from './signed-form.js';

const bucket = 'uploads';
let server: S3Server;
let client: S3Client;

beforeAll(async () => {
  const keys = (name: string) => ({ accessKeyId: name, secretAccessKey: `secret of ${name}` });
  const credentials = [keys('AKFIRST'), keys('AKSECOND')];
  server = await startS3Server({ buckets: [bucket, 'others'], credentials });
  client = clientOf(server);
});
afterAll(() => server.close());

const transmitForm = (form: FormBody, to = bucket) => sendForm(server, to, form);

/** Uploads `content` by a form that allows just that, but for what the test gets wrong. */
const post = (
  request: Partial<FormRequest> = {},
  file: Parameters<typeof formBody>[1] = { content: 'content' },
) => {
  const fields = signForm(server, { bucket, fields: { key: 'k' }, ...request });
  return transmitForm(formBody(fields, file));
};

const message = (body: string) =>
  /<Message>(.*?)<\/Message>/.exec(body)?.[1]?.replaceAll('&quot;', '"').replaceAll('&apos;', "'");

async function read(key: string): Promise<string | undefined> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Body?.transformToString();
}

describe('the signature of a form', () => {
  it.each<[string, Partial<FormRequest>, number, string]>([
    ['is missing with the policy', { forge: (f) => delete f['policy'] }, 403, 'AccessDenied'],
    ['is missing', { forge: (f) => delete f['x-amz-signature'] }, 400, 'InvalidArgument'],
    [
      'is wrong',
      {
        forge: (f) => {
          f['x-amz-signature'] = '0'.repeat(64);
        },
      },
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'is over another policy',
      {
        forge: (f) => {
          f['policy'] += 'IA==';
        },
      },
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'is of an unknown key',
      {
        forge: (f) => {
          f['x-amz-credential'] = `NOBODY${f['x-amz-credential']?.slice(7)}`;
        },
      },
      403,
      'InvalidAccessKeyId',
    ],
    [
      'is for another region',
      {
        forge: (f) => {
          f['x-amz-credential'] = `${f['x-amz-credential']?.replace('us-east-1', 'eu-west-1')}`;
        },
      },
      400,
      'InvalidArgument',
    ],
    [
      'is of version 2',
      {
        forge: (f) => {
          f['AWSAccessKeyId'] = 'AKFIRST';
        },
      },
      400,
      'InvalidRequest',
    ],
  ])('that %s is refused', async (_, request, status, code) => {
    const fields = { key: 'unsigned' };
    expect(await post({ fields, ...request })).toMatchObject({ status, code });
    await expect(read('unsigned')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('that another account made is denied', async () => {
    const [, other] = server.accounts;
    if (!other) throw new Error('there are two accounts');
    const fields = signForm(
      { region: server.region, credentials: other },
      { bucket, fields: { key: 'k' } },
    );
    expect(await transmitForm(formBody(fields, { content: 'x' }))).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    });
  });

  it('is good for the bucket in the policy alone', async () => {
    const fields = signForm(server, { bucket, fields: { key: 'k' } });
    const answer = await transmitForm(formBody(fields, { content: 'x' }), 'others');
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(message(answer.body)).toBe(
      'Invalid according to Policy: Policy Condition failed: ["eq", "$bucket", "uploads"]',
    );
  });
});

describe('the policy of a form', () => {
  const failed = 'Invalid according to Policy: ';
  it.each<[string, Partial<FormRequest>, string]>([
    ['has expired', { expiration: new Date(Date.now() - 1000) }, 'Policy expired.'],
    [
      'has another key',
      { uncovered: ['key'], conditions: [{ key: 'other' }] },
      'Policy Condition failed: ["eq", "$key", "other"]',
    ],
    [
      'has a prefix that the key lacks',
      { uncovered: ['key'], conditions: [['starts-with', '$key', 'in/']] },
      'Policy Condition failed: ["starts-with", "$key", "in/"]',
    ],
    [
      'wants a field that is not there',
      { conditions: [['starts-with', '$Content-Type', '']] },
      'Policy Condition failed: ["starts-with", "$Content-Type", ""]',
    ],
    [
      'does not speak of a field',
      { fields: { key: 'k', 'x-amz-meta-more': '1' }, uncovered: ['x-amz-meta-more'] },
      'Extra input fields: x-amz-meta-more',
    ],
    [
      'does not speak of the list that opens the object',
      { fields: { key: 'k', acl: 'public-read' }, uncovered: ['acl'] },
      'Extra input fields: acl',
    ],
    ['does not speak of the bucket', { uncovered: ['bucket'] }, 'Extra input fields: bucket'],
    [
      'gives who signed by a prefix',
      { uncovered: ['x-amz-date'], conditions: [['starts-with', '$x-amz-date', '']] },
      'Policy Condition failed: ["starts-with", "$x-amz-date", ""]',
    ],
    [
      'has a condition of no kind',
      { conditions: [['ends-with', '$key', 'k']] },
      'Policy Condition failed: ["ends-with","$key","k"]',
    ],
    [
      'has a list of types, one of them wrong',
      {
        fields: { key: 'k', 'Content-Type': 'image/png,text/html' },
        uncovered: ['Content-Type'],
        conditions: [['starts-with', '$Content-Type', 'image/']],
      },
      'Policy Condition failed: ["starts-with", "$Content-Type", "image/"]',
    ],
  ])('that %s refuses it', async (_, request, reason) => {
    const answer = await post(request);
    expect(answer).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(message(answer.body)).toBe(failed + reason);
  });

  it('allows what it speaks of, and fields to be ignored', async () => {
    const request = {
      fields: { key: 'in/x', 'Content-Type': 'image/png,image/gif', 'x-ignore-me': 'x' },
      uncovered: ['key', 'Content-Type', 'x-ignore-me'],
      conditions: [
        ['starts-with', '$key', 'in/'],
        ['starts-with', '$content-type', 'image/'],
      ],
    };
    expect(await post(request)).toMatchObject({ status: 204 });
  });

  it.each([
    ['no JSON', 'x', 'Invalid JSON.'],
    ['a list', '[]', 'Invalid JSON.'],
    ['one without an end', '{"conditions":[]}', 'Policy missing expiration.'],
    [
      'one without conditions',
      '{"expiration":"2999-01-01T00:00:00Z"}',
      'Policy missing conditions.',
    ],
    [
      'one until some day',
      '{"expiration":"some day","conditions":[]}',
      "Invalid 'expiration' value: 'some day'",
    ],
    [
      'one with two conditions in one',
      '{"expiration":"2999-01-01T00:00:00Z","conditions":[{"a":"1","b":"2"}]}',
      'Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.',
    ],
    [
      'one with more',
      '{"expiration":"2999-01-01T00:00:00Z","conditions":[],"x":1}',
      "Unexpected: 'x'.",
    ],
  ])('is no policy if it is %s', async (_, policy, reason) => {
    const answer = await post({ policy });
    expect(answer).toMatchObject({ status: 400, code: 'InvalidPolicyDocument' });
    expect(message(answer.body)).toBe(`Invalid Policy: ${reason}`);
  });

  it('limits the length of the file, both ends included', async () => {
    const sized = (content: string) =>
      post({ conditions: [['content-length-range', 3, 5]] }, { content });
    expect(await sized('ab')).toMatchObject({ status: 400, code: 'EntityTooSmall' });
    expect(await sized('abc')).toMatchObject({ status: 204 });
    expect(await sized('abcde')).toMatchObject({ status: 204 });
    const large = await sized('abcdef');
    expect(large).toMatchObject({ status: 400, code: 'EntityTooLarge' });
    expect(large.body).toContain('<MaxSizeAllowed>5</MaxSizeAllowed>');
    expect(await read('k')).toBe('abcde');
  });
});
