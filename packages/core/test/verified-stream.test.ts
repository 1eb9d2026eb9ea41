import { once } from 'node:events';
import { getDefaultHighWaterMark, PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import {
  type ChecksumAlgorithm,
  Digest,
  type ExpectedContent,
  readAll,
  StorageError,
  streamOf,
  verifiedStream,
} from '../src/index.js';

const CONTENT = Buffer.from('the content of a file, which goes by in chunks');
const CHECKSUMS = new Digest({ crc64nvme: '' }).update(CONTENT).checksums();
const ALGORITHMS: readonly ChecksumAlgorithm[] = ['crc32', 'crc64nvme', 'sha256'];

function source(content: Uint8Array = CONTENT): Readable {
  const chunks = function* () {
    for (let at = 0; at < content.byteLength; at += 7) yield content.subarray(at, at + 7);
  };
  return Readable.from(chunks(), { objectMode: false });
}

const verified = (content: Uint8Array, expected: ExpectedContent) =>
  verifiedStream(source(content), expected, 'the file');

const mismatch = { code: 'ChecksumMismatch', message: expect.stringContaining('the file') };

describe('verifiedStream', () => {
  it.each<[string, ExpectedContent]>([
    ['nothing', {}],
    ['the size', { size: CONTENT.byteLength }],
    ['all', { size: CONTENT.byteLength, checksums: CHECKSUMS }],
    ...ALGORITHMS.map((algorithm): [string, ExpectedContent] => [
      `the ${algorithm}`,
      { checksums: { [algorithm]: CHECKSUMS[algorithm] } },
    ]),
  ])('passes the content on where %s is known and right', async (_, expected) => {
    expect(await readAll(verified(CONTENT, expected))).toEqual(CONTENT);
  });

  it.each(ALGORITHMS)('fails instead of ending where the %s differs', async (algorithm) => {
    const other = Buffer.from(CONTENT);
    other[20] = 0;
    const expected = { checksums: { [algorithm]: CHECKSUMS[algorithm] } };
    const stream = verified(other, expected);
    let ended = false;
    stream.on('end', () => {
      ended = true;
    });
    await expect(readAll(stream)).rejects.toMatchObject(mismatch);
    expect(ended).toBe(false);
  });

  it('fails for a content that is too short, and for an empty one', async () => {
    for (const length of [CONTENT.byteLength - 1, 7, 0]) {
      const short = verified(CONTENT.subarray(0, length), { size: CONTENT.byteLength });
      await expect(readAll(short)).rejects.toMatchObject(mismatch);
    }
  });

  it('fails for a content that is too long, without passing on what is too much', async () => {
    const size = CONTENT.byteLength - 1;
    const passed: Buffer[] = [];
    const consume = async () => {
      for await (const chunk of verified(CONTENT, { size }) as AsyncIterable<Buffer>)
        passed.push(chunk);
    };
    await expect(consume()).rejects.toMatchObject(mismatch);
    expect(Buffer.concat(passed).byteLength).toBeLessThanOrEqual(size);
  });

  it('does not wait for the end of a content that is too long', async () => {
    const endless = new Readable({
      read() {
        this.push(CONTENT);
      },
    });
    const stream = verifiedStream(endless, { size: 100 }, 'the file');
    await expect(readAll(stream)).rejects.toMatchObject(mismatch);
    expect(endless.destroyed).toBe(true);
  });

  it('destroys its source when it is destroyed, before and while it is read', async () => {
    for (const chunks of [0, 1]) {
      const open = new PassThrough();
      open.write(CONTENT);
      const stream = verifiedStream(open, { size: 1_000 }, 'the file');
      if (chunks > 0) await once(stream, 'data');
      const errors: unknown[] = [];
      stream.on('error', (error) => errors.push(error));
      const closed = new Promise<void>((resolve) => open.once('close', () => resolve()));
      stream.destroy();
      await closed;
      expect(errors).toEqual([]);
      expect(open.destroyed).toBe(true);
    }
  });

  it('fails with the error of its source', async () => {
    const failure = new StorageError('Unavailable', 'the connection broke');
    const open = new PassThrough();
    open.write(CONTENT);
    const stream = verifiedStream(open, { size: 1_000 }, 'the file');
    setImmediate(() => open.destroy(failure));
    await expect(readAll(stream)).rejects.toBe(failure);
  });

  it('fails with what the error of its source is translated to', async () => {
    const open = new PassThrough();
    const translate = (error: Error) => new StorageError('Unavailable', error.message);
    const stream = verifiedStream(open, {}, 'the file', translate);
    open.destroy(new Error('ECONNRESET'));
    await expect(readAll(stream)).rejects.toMatchObject({
      code: 'Unavailable',
      message: 'ECONNRESET',
    });
  });

  it('fails when its source is closed before its end', async () => {
    const open = new PassThrough();
    open.write(CONTENT);
    const stream = verifiedStream(open, {}, 'the file');
    setImmediate(() => open.destroy());
    await expect(readAll(stream)).rejects.toThrow(/premature/i);
  });

  it('fails when its source was closed before', async () => {
    const failed = new PassThrough();
    failed.destroy(new Error('the disk broke'));
    await once(failed, 'error');
    await expect(readAll(verifiedStream(failed, {}, 'the file'))).rejects.toThrow('the disk broke');
    const closed = new PassThrough();
    closed.destroy();
    await once(closed, 'close');
    await expect(readAll(verifiedStream(closed, {}, 'the file'))).rejects.toThrow(/premature/i);
  });

  it('holds its source back where nobody reads', async () => {
    let given = 0;
    const source = new Readable({
      read() {
        given += 1_000;
        this.push(Buffer.alloc(1_000));
      },
    });
    const stream = verifiedStream(source, {}, 'the file');
    stream.read(1);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(given).toBeLessThan(6 * getDefaultHighWaterMark(false)); // a few buffers of the streams between
    stream.destroy();
  });

  it('takes an empty content for what it is', async () => {
    const checksums = new Digest().checksums();
    const stream = verifiedStream(streamOf(''), { size: 0, checksums }, 'the file');
    expect(await readAll(stream)).toHaveLength(0);
  });

  describe('with a rest', () => {
    const size = CONTENT.byteLength;
    const expected = { size, checksums: CHECKSUMS };
    const begun = () => {
      const first = new PassThrough();
      first.write(CONTENT.subarray(0, 20));
      return first;
    };

    it.each<[string, (first: PassThrough) => void]>([
      ['breaks', (first) => first.destroy(new Error('reset'))],
      ['closes', (first) => first.destroy()],
      ['ends early', (first) => first.end()],
    ])('goes on with the byte that is missing where its source %s', async (_, ends) => {
      const first = begun();
      const asked: number[] = [];
      const stream = verifiedStream(first, expected, 'the file', undefined, (position) => {
        asked.push(position);
        return source(CONTENT.subarray(position));
      });
      stream.once('data', () => ends(first));
      expect(await readAll(stream)).toEqual(CONTENT);
      expect(asked).toEqual([20]);
    });

    it('does not ask for it where its source is whole', async () => {
      const rest = () => expect.unreachable();
      const stream = verifiedStream(source(), expected, 'the file', undefined, rest);
      expect(await readAll(stream)).toEqual(CONTENT);
    });

    it('asks for it once, and checks it as well', async () => {
      const other = Buffer.alloc(size - 20);
      const breaks = () => new PassThrough().destroy(new Error('again'));
      for (const [rest, error] of [
        [() => source(other), mismatch],
        [() => source(CONTENT), mismatch], // too long
        [() => source(CONTENT.subarray(21)), mismatch], // too short
        [breaks, { message: 'again' }],
      ] as const) {
        let asked = 0;
        const stream = verifiedStream(begun().end(), expected, 'the file', undefined, () => {
          asked++;
          return rest();
        });
        await expect(readAll(stream)).rejects.toMatchObject(error);
        expect(asked).toBe(1);
      }
    });

    it('lets go of it when it is destroyed, and does not ask for it then', async () => {
      const rest = new PassThrough();
      const stream = verifiedStream(begun().end(), expected, 'the file', undefined, () => rest);
      stream.resume();
      await once(rest, 'resume');
      stream.destroy();
      expect(rest.destroyed).toBe(true);
      const first = begun();
      const unasked = () => expect.unreachable();
      verifiedStream(first, expected, 'the file', undefined, unasked).destroy();
      await once(first, 'close');
    });

    it('holds the rest back where nobody reads', async () => {
      let given = 0;
      const rest = new Readable({
        read() {
          given += 1_000;
          this.push(Buffer.alloc(1_000));
        },
      });
      const first = new PassThrough().end();
      const stream = verifiedStream(first, { size: 1e9 }, 'it', undefined, () => rest);
      stream.read(1);
      await once(first, 'close');
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      expect(given).toBeGreaterThan(0);
      expect(given).toBeLessThan(6 * getDefaultHighWaterMark(false)); // a few buffers of the streams between
      stream.destroy();
    });
  });
});
