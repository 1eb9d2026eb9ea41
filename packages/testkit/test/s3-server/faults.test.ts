import { Agent, request } from 'node:http';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseFault } from '../../src/s3-server/fault-spec.js';
import { FaultControl } from '../../src/s3-server/faults.js';
import { type Fault, startS3Server } from '../../src/s3-server/index.js';
import { clientOf, failure } from './client.js';
import { useServer } from './running-server.js';
import { send, signHeaders } from './signed-request.js';

const running = useServer({ buckets: ['photos', 'other'] });

beforeEach(async () => {
  await put('/photos/a', 'content of a');
  running.server.requests.reset();
});
afterEach(() => running.server.faults.clear());

const put = (path: string, body: string | Buffer, headers = {}) =>
  send(running.server, { method: 'PUT', path, body, headers });
const get = (path: string, headers = {}) => send(running.server, { path, headers });

/** What comes of an object before the connection is cut. */
function bytesUntilCut(range: string): Promise<Buffer[]> {
  const { headers } = signHeaders(running.server, { path: '/photos/big', headers: { range } });
  // A connection that is only to be used again shows whether it was cut.
  const agent = new Agent({ keepAlive: true });
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const options = { host: '127.0.0.1', port: running.server.port, path: '/photos/big', headers };
    request({ ...options, agent }, (response) => {
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => undefined);
      response.on('close', () => resolve(chunks));
    })
      .on('error', reject)
      .end();
  });
}

const reset = { code: expect.stringMatching(/ECONNRESET|EPIPE/) };

describe('a fault', () => {
  it('answers with an error, and nothing is done', async () => {
    const fault = running.server.faults.add({
      type: 'error',
      code: 'SlowDown',
      operation: 'PutObject',
    });
    expect(await put('/photos/b', 'x')).toMatchObject({ status: 503, code: 'SlowDown' });
    fault.remove();
    expect((await get('/photos/b')).status).toBe(404);
    expect(fault.hits).toBe(1);
  });

  it('may have any code and status', async () => {
    running.server.faults.add({
      type: 'error',
      code: 'Teapot',
      status: 418,
      message: 'short & stout',
    });
    const answer = await get('/photos/a');
    expect(answer).toMatchObject({ status: 418, code: 'Teapot' });
    expect(answer.body).toContain('<Message>short &amp; stout</Message>');
  });

  it('cuts the connection before anything is done', async () => {
    const fault = running.server.faults.add({ type: 'reset', method: 'PUT' });
    await expect(put('/photos/b', 'x')).rejects.toMatchObject(reset);
    fault.remove();
    expect((await get('/photos/b')).status).toBe(404);
  });

  it('loses the answer after the effect', async () => {
    const fault = running.server.faults.add({ type: 'lost-answer' });
    await expect(put('/photos/lost', 'done')).rejects.toMatchObject(reset);
    await expect(put('/photos/lost', 'x', { 'if-none-match': '*' })).rejects.toMatchObject(reset);
    fault.remove();
    expect((await get('/photos/lost')).body).toBe('done');
    expect(running.server.requests.last().at(0)).toMatchObject({
      operation: 'PutObject',
      status: 0,
    });
  });

  it('cuts the connection in the body of a request, and the old object stays', async () => {
    running.server.faults.add({ type: 'reset-request', after: 100_000 });
    await expect(put('/photos/a', Buffer.alloc(3_000_000))).rejects.toMatchObject(reset);
    expect((await get('/photos/a')).body).toBe('content of a');
  });

  it('cuts the connection in the body of an answer', async () => {
    await put('/photos/big', Buffer.alloc(1_000_000, 'b'));
    running.server.faults.add({ type: 'reset-response', after: 300_000, operation: 'GetObject' });
    await expect(get('/photos/big')).rejects.toMatchObject(reset);
  });

  it('cuts every answer after so many bytes, which a download gets over by and by', async () => {
    const content = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index % 251));
    await put('/photos/big', content);
    const fault = running.server.faults.add({
      type: 'reset-response',
      after: 3000,
      operation: 'GetObject',
    });
    const received: Buffer[] = [];
    const size = () => received.reduce((sum, chunk) => sum + chunk.length, 0);
    while (size() < content.length) {
      const before = size();
      for (const chunk of await bytesUntilCut(`bytes=${before}-`)) received.push(chunk);
      expect(size() - before).toBe(Math.min(3000, content.length - before));
    }
    expect(Buffer.concat(received).equals(content)).toBe(true);
    expect(fault.hits).toBe(4);
  });

  it('flips the byte at an offset of the answer, be it one to a range', async () => {
    running.server.faults.add({ type: 'corrupt', offset: 1 });
    const { status, body } = await get('/photos/a', { range: 'bytes=8-11' });
    expect(status).toBe(206);
    const flipped = Buffer.from('content of a').subarray(8, 12);
    flipped[1] = (flipped[1] ?? 0) ^ 0xff;
    expect(Buffer.from(body, 'latin1').equals(flipped)).toBe(true);
  });

  it('flips one byte of an answer', async () => {
    running.server.faults.add({ type: 'corrupt', offset: 3, times: 1 });
    const wrong = Buffer.from((await get('/photos/a')).body, 'latin1');
    const right = Buffer.from((await get('/photos/a')).body, 'latin1');
    expect(wrong.length).toBe(right.length);
    expect([...wrong].flatMap((byte, at) => (byte === right[at] ? [] : [at]))).toEqual([3]);
  });

  it('flips a byte far into a long answer', async () => {
    const content = Buffer.alloc(1_000_000, 'b');
    await put('/photos/big', content);
    running.server.faults.add({ type: 'corrupt', offset: 777_777 });
    const wrong = Buffer.from((await get('/photos/big')).body, 'latin1');
    expect(wrong[777_777]).toBe(0x62 ^ 0xff);
    wrong[777_777] = 0x62;
    expect(wrong.equals(content)).toBe(true);
  });

  it('shortens an answer without a sign', async () => {
    running.server.faults.add({ type: 'truncate', length: 7 });
    const answer = await get('/photos/a');
    expect(answer).toMatchObject({ status: 200, body: 'content' });
    expect(answer.headers['content-length']).toBe('7');
  });

  it('ignores preconditions, of all writes or of some', async () => {
    const create = { 'if-none-match': '*' };
    const remove = () =>
      send(running.server, { method: 'DELETE', path: '/photos/a', headers: { 'if-match': '"x"' } });
    const some = running.server.faults.add({ type: 'ignore-preconditions', writes: ['delete'] });
    expect((await put('/photos/a', 'x', create)).status).toBe(412);
    expect((await remove()).status).toBe(204);
    some.remove();
    await put('/photos/a', 'x');
    expect((await remove()).status).toBe(412);
    running.server.faults.add({ type: 'ignore-preconditions' });
    expect((await put('/photos/a', 'overwritten', create)).status).toBe(200);
    expect((await get('/photos/a')).body).toBe('overwritten');
  });

  it('leaves the checksums out', async () => {
    const asked = { 'x-amz-checksum-mode': 'ENABLED' };
    const names = async () =>
      Object.keys((await get('/photos/a', asked)).headers).filter((name) =>
        name.startsWith('x-amz-checksum'),
      );
    expect(await names()).toHaveLength(2);
    running.server.faults.add({ type: 'drop-checksums' });
    expect(await names()).toEqual([]);
  });

  it('lets a content pass that does not match its checksum', async () => {
    const wrong = (algorithm: string, bytes: number) => ({
      [`x-amz-checksum-${algorithm}`]: Buffer.alloc(bytes).toString('base64'),
    });
    running.server.faults.add({ type: 'ignore-checksums', algorithms: ['CRC32'] });
    expect(await put('/photos/a', 'x', wrong('sha256', 32))).toMatchObject({ code: 'BadDigest' });
    expect((await put('/photos/a', 'x', wrong('crc32', 4))).status).toBe(200);
    running.server.faults.add({ type: 'ignore-checksums' });
    expect((await put('/photos/a', 'x', wrong('sha256', 32))).status).toBe(200);
  });

  it('fills the disk, and the old object stays', async () => {
    running.server.faults.add({ type: 'disk-full', after: 500_000 });
    expect(await put('/photos/a', Buffer.alloc(1_000_000))).toMatchObject({
      status: 500,
      code: 'InternalError',
    });
    expect((await get('/photos/a')).body).toBe('content of a');
    expect((await put('/photos/a', 'small enough')).status).toBe(200);
  });

  it('delays an answer until the client goes away', async () => {
    running.server.faults.add({ type: 'delay', milliseconds: 60_000, method: 'PUT' });
    const client = clientOf(running.server);
    const late = client.send(new PutObjectCommand({ Bucket: 'photos', Key: 'late', Body: 'x' }), {
      abortSignal: AbortSignal.timeout(50),
    });
    await expect(late).rejects.toMatchObject({ name: 'AbortError' });
    expect((await get('/photos/late')).status).toBe(404);
  });
});

describe('which requests a fault strikes', () => {
  const struck = async (fault: Omit<Fault, 'type'>) => {
    running.server.faults.add({ type: 'error', code: 'SlowDown', ...fault });
    const paths = ['/photos/a', '/photos/b', '/other/a', '/photos/a'];
    const answers = [];
    for (const path of paths) answers.push((await get(path)).status === 503);
    return answers;
  };

  it.each([
    [{ key: 'a' }, [true, false, true, true]],
    [{ key: /^b/ }, [false, true, false, false]],
    [{ bucket: 'other' }, [false, false, true, false]],
    [{ bucket: 'photos', key: 'a', from: 2 }, [false, false, false, true]],
    [{ times: 2 }, [true, true, false, false]],
    [{ operation: ['PutObject', 'GetObject'] as const }, [true, true, true, true]],
    [{ operation: 'PutObject' as const }, [false, false, false, false]],
    [{ probability: 0 }, [false, false, false, false]],
  ])('%o', async (match, expected) => {
    expect(await struck(match)).toEqual(expected);
  });

  it('is the same for the same seed', () => {
    const throws = (seed: number) => {
      const control = new FaultControl();
      control.add({ type: 'reset', probability: 0.5, seed });
      const subject = { operation: 'GetObject', method: 'GET', bucket: 'b', key: 'k' };
      return Array.from({ length: 64 }, () => control.strike(subject).length);
    };
    expect(throws(7)).toEqual(throws(7));
    expect(throws(7)).not.toEqual(throws(8));
    expect(throws(7)).toContain(0);
    expect(throws(7)).toContain(1);
  });
});

it('faults may be given at the start', async () => {
  await using faulty = await startS3Server({ faults: [{ type: 'error', code: 'InternalError' }] });
  expect(await send(faulty, { path: '/' })).toMatchObject({ status: 500, code: 'InternalError' });
});

it('the SDK retries what a fault makes fail for a while', async () => {
  running.server.faults.add({ type: 'error', code: 'SlowDown', times: 1 });
  const client = clientOf(running.server, { maxAttempts: 3 });
  await client.send(new PutObjectCommand({ Bucket: 'photos', Key: 'retried', Body: 'x' }));
  expect(running.server.requests.count('PutObject')).toBe(2);
  const strict = clientOf(running.server);
  running.server.faults.add({ type: 'error', code: 'SlowDown' });
  const command = new PutObjectCommand({ Bucket: 'photos', Key: 'retried', Body: 'x' });
  await expect(strict.send(command)).rejects.toMatchObject(failure('SlowDown', 503));
});

describe('a fault on the command line', () => {
  it.each([
    [
      'slow-down:rate=0.1,operation=PutObject',
      { type: 'error', code: 'SlowDown', probability: 0.1, operation: 'PutObject' },
    ],
    [
      'reset:after=3MiB,operation=GetObject',
      { type: 'reset-response', after: 3 * 1024 ** 2, operation: 'GetObject' },
    ],
    ['lost-answer:rate=0.01,seed=7', { type: 'lost-answer', probability: 0.01, seed: 7 }],
    [
      'ignore-preconditions',
      { type: 'ignore-preconditions', writes: ['put', 'complete', 'delete', 'copy'] },
    ],
    [
      'ignore-preconditions:on=put+delete',
      { type: 'ignore-preconditions', writes: ['put', 'delete'] },
    ],
    [
      'delay:ms=20,method=GET,from=2,times=1',
      { type: 'delay', milliseconds: 20, method: 'GET', from: 2, times: 1 },
    ],
    ['reset', { type: 'reset' }],
    ['ignore-checksums', { type: 'ignore-checksums' }],
    [
      'error:code=AccessDenied,bucket=b,key=k',
      { type: 'error', code: 'AccessDenied', status: 403, bucket: 'b', key: 'k' },
    ],
    ['truncate:length=1KiB', { type: 'truncate', length: 1024 }],
    ['disk-full', { type: 'disk-full', after: 0 }],
  ])('%s is read', (spec, fault) => {
    expect(parseFault(spec)).toEqual(fault);
  });

  it.each([
    ['explode', 'There is no fault "explode".'],
    ['delay', 'The fault "delay" needs "ms=".'],
    ['reset:speed=9', 'The fault "reset:speed=9" has no setting "speed".'],
    ['reset:after=3XB', '"after" in the fault "reset:after=3XB" has to be a size'],
    ['reset:rate=x', '"rate" in the fault "reset:rate=x" has to be a number'],
    ['reset:operation=Put', 'has to be an operation of S3'],
    ['reset:rate', 'lacks a "="'],
  ])('%s is refused', (spec, message) => {
    expect(() => parseFault(spec)).toThrow(message);
  });
});
