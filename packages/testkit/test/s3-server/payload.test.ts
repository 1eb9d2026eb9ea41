import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { useServer } from './running-server.js';
import {
  chunkedBody,
  converse,
  headText,
  type RawRequest,
  send,
  sha256,
  signHeaders,
  transmit,
} from './signed-request.js';

const running = useServer();

const stored = async (path: string) => (await send(running.server, { path })).body;

describe('a hash of the body in x-amz-content-sha256', () => {
  it('that is wrong is refused, and the old object stays', async () => {
    await send(running.server, { method: 'PUT', path: '/photos/hashed', body: 'old' });
    const payload = sha256('something else');
    const answer = await send(running.server, {
      method: 'PUT',
      path: '/photos/hashed',
      body: 'new',
      payload,
    });
    expect(answer).toMatchObject({ status: 400, code: 'XAmzContentSHA256Mismatch' });
    expect(await stored('/photos/hashed')).toBe('old');
  });

  it('may be left out by UNSIGNED-PAYLOAD', async () => {
    const request = { method: 'PUT', path: '/photos/unsigned', body: 'x' };
    expect((await send(running.server, { ...request, payload: 'UNSIGNED-PAYLOAD' })).status).toBe(
      200,
    );
    expect(await stored('/photos/unsigned')).toBe('x');
  });
});

describe('a body without a length', () => {
  it('is refused', async () => {
    const { headers } = signHeaders(running.server, { method: 'PUT', path: '/photos/n' });
    const answer = await converse(
      running.server,
      headText('PUT', '/photos/n', headers),
      /<\/Error>/,
    );
    expect(answer).toMatch(/^HTTP\/1.1 411 [\s\S]*<Code>MissingContentLength</);
  });

  it('is refused in the coding chunked, too', async () => {
    const { headers } = signHeaders(running.server, { method: 'PUT', path: '/photos/n' });
    const head = headText('PUT', '/photos/n', { ...headers, 'transfer-encoding': 'chunked' });
    const answer = await converse(running.server, `${head}0\r\n\r\n`, /<\/Error>/);
    expect(answer).toMatch(/^HTTP\/1.1 501 [\s\S]*<Header>Transfer-Encoding</);
  });
});

const CONTENT = [Buffer.alloc(70_000, 'a'), Buffer.alloc(8192, 'b'), Buffer.from('the end')];
const WHOLE = Buffer.concat(CONTENT);

function crc(data: Buffer): string {
  const digest = Buffer.alloc(4);
  digest.writeUInt32BE(crc32(data));
  return digest.toString('base64');
}

interface ChunkedRequest {
  readonly payload: string;
  readonly chunks?: readonly Buffer[];
  readonly trailers?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly length?: number;
  readonly tamper?: (body: Buffer) => Buffer;
}

async function sendChunked(path: string, chunked: ChunkedRequest) {
  const { payload, chunks = CONTENT, trailers, length, tamper = (body) => body } = chunked;
  const decoded = length ?? Buffer.concat(chunks).length;
  const request: RawRequest = {
    method: 'PUT',
    path,
    payload,
    headers: {
      'content-encoding': 'aws-chunked',
      'x-amz-decoded-content-length': String(decoded),
      ...(trailers ? { 'x-amz-trailer': Object.keys(trailers).join(',') } : {}),
      ...chunked.headers,
    },
  };
  const signed = signHeaders(running.server, request);
  const body = tamper(
    chunkedBody(chunks, payload.includes('UNSIGNED') ? undefined : signed, trailers),
  );
  return transmit(running.server, { method: 'PUT', target: path, headers: signed.headers, body });
}

/** Changes one byte where `text` stands. */
const replaceAt = (text: string, by: string) => (body: Buffer) => {
  const copy = Buffer.from(body);
  copy.write(by, copy.lastIndexOf(text), 'latin1');
  return copy;
};

describe('signed chunks', () => {
  const payload = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';

  it('are stored without their framing', async () => {
    expect((await sendChunked('/photos/signed', { payload })).status).toBe(200);
    expect(await stored('/photos/signed')).toBe(WHOLE.toString());
    const head = await send(running.server, { method: 'HEAD', path: '/photos/signed' });
    expect(head.headers['content-encoding']).toBeUndefined();
  });

  it('are refused when a byte of one differs from what was signed', async () => {
    const tamper = replaceAt('the end', 'THE');
    const answer = await sendChunked('/photos/tampered', { payload, tamper });
    expect(answer).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
    expect((await send(running.server, { path: '/photos/tampered' })).status).toBe(404);
  });

  it('are refused when the signature of the last, empty one is wrong', async () => {
    const tamper = (body: Buffer) => {
      const copy = Buffer.from(body);
      const end = copy.lastIndexOf('chunk-signature=') + 'chunk-signature='.length;
      copy[end] = copy[end] === 0x30 ? 0x31 : 0x30;
      return copy;
    };
    const answer = await sendChunked('/photos/last', { payload, tamper });
    expect(answer.code).toBe('SignatureDoesNotMatch');
  });

  it('are refused when they come in another order', async () => {
    const one = Buffer.alloc(9000, '1');
    const two = Buffer.alloc(9000, '2');
    const tamper = (body: Buffer) => {
      const frame = body.indexOf('\r\n', body.indexOf('1'.repeat(9000)) + 9000) + 2;
      return Buffer.concat([
        body.subarray(frame, 2 * frame),
        body.subarray(0, frame),
        body.subarray(2 * frame),
      ]);
    };
    const answer = await sendChunked('/photos/order', { payload, chunks: [one, two], tamper });
    expect(answer.code).toBe('SignatureDoesNotMatch');
  });

  it.each([1, -1])('are refused when x-amz-decoded-content-length is %i off', async (off) => {
    const answer = await sendChunked('/photos/off', { payload, length: WHOLE.length + off });
    expect(answer).toMatchObject({ status: 400, code: 'IncompleteBody' });
  });

  it('are refused when they end early', async () => {
    const tamper = (body: Buffer) => body.subarray(0, body.indexOf('the end'));
    const answer = await sendChunked('/photos/short', { payload, tamper });
    expect(answer).toMatchObject({ status: 400, code: 'IncompleteBody' });
  });

  it('are refused when one but the last is shorter than 8 KiB', async () => {
    const chunks = [Buffer.alloc(8191), Buffer.alloc(10)];
    const answer = await sendChunked('/photos/small', { payload, chunks });
    expect(answer).toMatchObject({ status: 400, code: 'InvalidChunkSizeError' });
  });

  it('need x-amz-decoded-content-length', async () => {
    const { headers } = signHeaders(running.server, { method: 'PUT', path: '/photos/n', payload });
    const answer = await transmit(running.server, {
      method: 'PUT',
      target: '/photos/n',
      headers,
      body: '',
    });
    expect(answer).toMatchObject({ status: 411, code: 'MissingContentLength' });
  });
});

describe.each(['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'])(
  'a trailer with %s',
  (payload) => {
    const trailers = { 'x-amz-checksum-crc32': crc(WHOLE) };

    it('that is right is taken', async () => {
      expect((await sendChunked('/photos/trailer', { payload, trailers })).status).toBe(200);
      expect(await stored('/photos/trailer')).toBe(WHOLE.toString());
    });

    it('with a checksum that does not match is refused', async () => {
      const wrong = { 'x-amz-checksum-crc32': crc(Buffer.from('other')) };
      const answer = await sendChunked('/photos/wrong-trailer', { payload, trailers: wrong });
      expect(answer).toMatchObject({ status: 400, code: 'BadDigest' });
      expect((await send(running.server, { path: '/photos/wrong-trailer' })).status).toBe(404);
    });

    it('that was promised has to come', async () => {
      const headers = { 'x-amz-trailer': 'x-amz-checksum-crc32' };
      const answer = await sendChunked('/photos/missing', { payload, headers, trailers: {} });
      expect(answer).toMatchObject({ status: 400, code: 'MalformedTrailerError' });
    });

    it('other than the one promised is refused', async () => {
      const headers = { 'x-amz-trailer': 'x-amz-checksum-crc32c' };
      const answer = await sendChunked('/photos/other', { payload, headers, trailers });
      expect(answer).toMatchObject({ status: 400, code: 'MalformedTrailerError' });
    });
  },
);

describe('a signed trailer', () => {
  it('is refused when its signature is wrong', async () => {
    const payload = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
    const trailers = { 'x-amz-checksum-crc32': crc(WHOLE) };
    const signature = /x-amz-trailer-signature:(.)/;
    const tamper = (body: Buffer) => {
      const text = body.toString('latin1');
      return Buffer.from(
        text.replace(signature, (all, digit) => all.slice(0, -1) + (digit === '0' ? '1' : '0')),
        'latin1',
      );
    };
    const answer = await sendChunked('/photos/forged', { payload, trailers, tamper });
    expect(answer).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  });
});
