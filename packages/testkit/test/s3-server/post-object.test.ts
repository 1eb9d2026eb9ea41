import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type S3Server, startS3Server } from '../../src/s3-server/index.js';
import { clientOf } from './client.js';
import { type FormBody, type FormRequest, formBody, sendForm, signForm } from './signed-form.js';
import { send, transmit } from './signed-request.js';

const bucket = 'uploads';
/** The variable that stands for the name of the file. */
const FILENAME = ['$', '{filename}'].join('');
let server: S3Server;
let client: S3Client;
let dataDirectory: string;

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 's3-post-'));
  const keys = (name: string) => ({ accessKeyId: name, secretAccessKey: `secret of ${name}` });
  const credentials = [keys('AKFIRST'), keys('AKSECOND')];
  server = await startS3Server({ buckets: [bucket, 'others'], dataDirectory, credentials });
  client = clientOf(server);
});
afterAll(async () => {
  await server.close();
  await rm(dataDirectory, { recursive: true, force: true });
});

const transmitForm = (form: FormBody, to = bucket) => sendForm(server, to, form);

/** Uploads `content` by a form that allows just that, but for what the test gets wrong. */
const post = (
  request: Partial<FormRequest> = {},
  file: Parameters<typeof formBody>[1] = { content: 'content' },
) => {
  const fields = signForm(server, { bucket, fields: { key: 'k' }, ...request });
  return transmitForm(formBody(fields, file));
};

async function read(key: string): Promise<string | undefined> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Body?.transformToString();
}

describe('a form', () => {
  it('uploads a file with all that describes it', async () => {
    const tagging = '<Tagging><TagSet><Tag><Key>t</Key><Value>1</Value></Tag></TagSet></Tagging>';
    const fields = {
      key: 'described',
      'Content-Type': 'text/plain',
      'Cache-Control': 'no-store',
      'x-amz-meta-Owner': 'me',
      'x-amz-storage-class': 'STANDARD_IA',
      tagging,
    };
    const answer = await post({ fields }, { content: 'the file' });
    expect(answer).toMatchObject({ status: 204, body: '' });
    expect(answer.headers.location).toBe(`http://127.0.0.1:${server.port}/${bucket}/described`);
    const named = { Bucket: bucket, Key: 'described' };
    const head = await client.send(new HeadObjectCommand({ ...named, ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({
      ContentLength: 8,
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      Metadata: { owner: 'me' },
      StorageClass: 'STANDARD_IA',
      ETag: answer.headers.etag,
      ChecksumCRC64NVME: expect.any(String),
    });
    const { TagSet } = await client.send(new GetObjectTaggingCommand(named));
    expect(TagSet).toEqual([{ Key: 't', Value: '1' }]);
    expect(await read('described')).toBe('the file');
    expect(server.requests.last().some(({ operation }) => operation === 'PostObject')).toBe(true);
  });

  it('answers with the status that it asks for', async () => {
    const asked = (success_action_status: string) =>
      post({ fields: { key: 'a b/ü', success_action_status } });
    expect(await asked('200')).toMatchObject({ status: 200, body: '' });
    expect(await asked('204')).toMatchObject({ status: 204 });
    expect(await asked('404')).toMatchObject({ status: 204 });
    const created = await asked('201');
    expect(created.status).toBe(201);
    expect(created.body).toContain('<PostResponse');
    expect(created.body).toContain(`<Bucket>${bucket}</Bucket>`);
    expect(Buffer.from(created.body, 'latin1').toString()).toContain('<Key>a b/ü</Key>');
    expect(created.body).toContain('<ETag>&quot;9a0364b9e99bb480dd25e1f0284c8555&quot;</ETag>');
  });

  it('sends the browser on to where it says', async () => {
    const fields = { key: 'a&b', success_action_redirect: 'http://127.0.0.1/done?x=1' };
    const answer = await post({ fields });
    expect(answer.status).toBe(303);
    const location = new URL(`${answer.headers.location}`);
    expect(Object.fromEntries(location.searchParams)).toEqual({
      x: '1',
      bucket,
      key: 'a&b',
      etag: '"9a0364b9e99bb480dd25e1f0284c8555"',
    });
    const nowhere = { key: 'k', success_action_redirect: 'nowhere' };
    expect(await post({ fields: nowhere })).toMatchObject({ status: 204 });
  });

  it('names the object after the file, whose folders are left out', async () => {
    const request = {
      fields: { key: `in/${FILENAME}`, 'x-amz-meta-name': FILENAME },
      uncovered: ['key', 'x-amz-meta-name'],
      conditions: [
        ['starts-with', '$key', 'in/'],
        ['eq', '$x-amz-meta-name', 'a "b".txt'],
      ],
    };
    const filename = 'C:\\folder/a "b".txt';
    expect(await post(request, { content: 'x', filename })).toMatchObject({ status: 204 });
    expect(await read('in/a "b".txt')).toBe('x');
  });

  it('is checked against its policy with the file’s name in it', async () => {
    const request = {
      fields: { key: FILENAME },
      uncovered: ['key'],
      conditions: [['starts-with', '$key', 'mine/']],
    };
    expect(await post(request, { content: 'x', filename: 'theirs' })).toMatchObject({
      status: 403,
      code: 'AccessDenied',
    });
  });

  it('may hold any bytes, also some like its boundary', async () => {
    const boundary = '\r\n------form-boundary-7d2';
    const content = Buffer.concat([
      Buffer.from([0, 255, 13, 10]),
      Buffer.from(`${boundary}\r\n--\r\n${boundary}`.repeat(20_000)),
    ]);
    expect(await post({ fields: { key: 'bytes' } }, { content })).toMatchObject({ status: 204 });
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'bytes' }));
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(content)).toBe(true);
  });

  it('may be cut anywhere on its way', async () => {
    const { body, type } = formBody(signForm(server, { bucket, fields: { key: 'cut' } }), {
      content: 'in pieces\r\n',
    });
    const head = `POST /${bucket} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
    const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true });
    const answered = once(socket, 'data');
    await once(socket, 'connect');
    socket.write(head);
    for (const byte of body) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [answer] = await answered;
    expect(String(answer)).toContain('204 No Content');
    expect(await read('cut')).toBe('in pieces\r\n');
  });

  it('is answered when all of it has come, be it no part of the file', async () => {
    const { body, type } = formBody(
      signForm(server, { bucket, fields: { key: 'slow' } }),
      { content: 'x' },
      { late: 'field' },
    );
    const head = `POST /${bucket} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    const answers: string[] = [];
    socket.on('data', (data) => answers.push(String(data)));
    const closed = once(socket, 'close');
    socket.write(head);
    socket.write(body.subarray(0, -2));
    await expect(read('slow')).rejects.toMatchObject({ name: 'NoSuchKey' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answers).toEqual([]);
    socket.write(body.subarray(-2));
    await closed;
    expect(answers.join('')).toContain('204 No Content');
  });

  it('may be empty, and have fields behind the file, which count for nothing', async () => {
    const fields = signForm(server, { bucket, fields: { key: 'empty' } });
    const form = formBody(fields, { content: '' }, { key: 'other', 'x-amz-meta-late': '1' });
    expect(await transmitForm(form)).toMatchObject({ status: 204 });
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'empty' }));
    expect(head).toMatchObject({ ContentLength: 0, Metadata: {} });
  });

  it('has its checksum verified', async () => {
    const fields = { key: 'sum', 'x-amz-checksum-crc32': '/sUwqQ==' };
    expect(await post({ fields })).toMatchObject({
      status: 204,
      headers: { 'x-amz-checksum-crc32': '/sUwqQ==' },
    });
    const wrong = { key: 'wrong-sum', 'x-amz-checksum-crc32': 'AAAAAA==' };
    expect(await post({ fields: wrong })).toMatchObject({ status: 400, code: 'BadDigest' });
    await expect(read('wrong-sum')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('makes a version in a bucket with versioning', async () => {
    const VersioningConfiguration = { Status: 'Enabled' as const };
    const command = new PutBucketVersioningCommand({ Bucket: 'others', VersioningConfiguration });
    await client.send(command);
    const fields = signForm(server, { bucket: 'others', fields: { key: 'k' } });
    const answer = await transmitForm(formBody(fields, { content: 'x' }), 'others');
    expect(answer.headers['x-amz-version-id']).toMatch(/^.{32}$/);
  });
});

describe('a body', () => {
  it('that is no form is refused', async () => {
    const headers = { host: 'x' };
    const none = { method: 'POST', target: `/${bucket}`, headers, body: 'x' };
    expect(await transmit(server, none)).toMatchObject({
      status: 412,
      code: 'PreconditionFailed',
    });
    const malformed = async (type: string, body: string) =>
      transmitForm({ body: Buffer.from(body), type });
    const form = 'multipart/form-data';
    for (const [type, body] of [
      [form, 'x'],
      [`${form}; boundary=b`, 'x'],
      [`${form}; boundary=b`, '--b\r\nx: y\r\n\r\nz\r\n--b--'],
      [`${form}; boundary=b`, '--bad\r\n\r\n'],
      [`${form}; boundary=b`, '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk'],
    ] as const) {
      const expected = { status: 400, code: 'MalformedPOSTRequest' };
      expect(await malformed(type, body)).toMatchObject(expected);
    }
  });

  it('has to have one file, and a key before it', async () => {
    const fields = signForm(server, { bucket, fields: { key: 'k' } });
    expect(await transmitForm(formBody(fields, undefined))).toMatchObject({
      status: 400,
      code: 'InvalidArgument',
    });
    expect(await post({ fields: {} })).toMatchObject({ status: 400, code: 'InvalidArgument' });
    const twice = formBody(fields, { content: 'x' });
    const again = twice.body.toString('latin1').replace('name="policy"', 'name="key"');
    const double = { type: twice.type, body: Buffer.from(again, 'latin1') };
    expect(await transmitForm(double)).toMatchObject({ code: 'MalformedPOSTRequest' });
  });

  it('has fields of 20 KiB and no more before the file', async () => {
    const fields = { key: 'k', 'x-ignore-1': 'x'.repeat(20 * 1024) };
    expect(await post({ fields, uncovered: ['x-ignore-1'] })).toMatchObject({
      status: 400,
      code: 'MaxPostPreDataLengthExceeded',
    });
  });

  it('has no line ends in what becomes a header', async () => {
    const fields = { key: 'k', 'Content-Type': 'text/plain\r\nset-cookie: x' };
    expect(await post({ fields })).toMatchObject({ status: 400, code: 'InvalidArgument' });
  });

  it('that is refused leaves nothing behind', async () => {
    const bodies = () => readdir(join(dataDirectory, 'bodies'));
    const before = (await bodies()).length;
    const content = Buffer.alloc(400_000);
    const conditions = [['content-length-range', 0, 300_000]];
    expect(await post({ conditions }, { content })).toMatchObject({ code: 'EntityTooLarge' });
    const { body, type } = formBody(signForm(server, { bucket, fields: { key: 'k' } }), {
      content,
    });
    const half = { body: body.subarray(0, 300_000), type };
    expect(await transmitForm(half)).toMatchObject({ code: 'MalformedPOSTRequest' });
    expect(await bodies()).toHaveLength(before);
  });

  it('that is refused midway leaves the connection good for another request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const fields = signForm(server, {
      bucket,
      fields: { key: 'k' },
      conditions: [['content-length-range', 0, 10]],
    });
    const { body, type } = formBody(fields, { content: Buffer.alloc(2_000_000) });
    const exchange = async () => {
      const client = httpRequest({
        ...{ agent, host: '127.0.0.1', port: server.port, method: 'POST', path: `/${bucket}` },
        headers: { 'content-type': type, 'content-length': body.length },
      });
      client.end(body);
      const [response] = (await once(client, 'response')) as [IncomingMessage];
      response.resume();
      await once(response, 'end');
      return response.statusCode;
    };
    const before = server.connections;
    expect([await exchange(), await exchange(), await exchange()]).toEqual([400, 400, 400]);
    expect(server.connections).toBeLessThanOrEqual(before + 1);
    agent.destroy();
  });
});

it('a signed request is no form', async () => {
  const request = { method: 'POST', path: `/${bucket}`, body: 'x' };
  expect(await send(server, request)).toMatchObject({ status: 412 });
});
