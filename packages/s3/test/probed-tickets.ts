import {
  type ChecksumAlgorithm,
  type Checksums,
  Digest,
  readAll,
  type UploadedPart,
} from '@org/storage-core';
import type { S3StorageProvider } from '@org/storage-s3';
import { describe, expect, it } from 'vitest';
import { MIB, someKey } from './store.js';
import { multipartTicket, put, putTicket } from './tickets.js';

const CONTENT = 'Hello, world';
const STRONGEST_FIRST = ['sha256', 'crc64nvme', 'crc32'] as const;

const content = Buffer.alloc(6 * MIB, 'abcdefg');

function checksums(
  of: string | Uint8Array,
  ...algorithms: readonly ChecksumAlgorithm[]
): Checksums {
  const asked = { crc64nvme: '0'.repeat(16) };
  const all = new Digest(asked).update(Buffer.from(of)).checksums();
  return Object.fromEntries(algorithms.map((algorithm) => [algorithm, all[algorithm]]));
}

/**
 * @param probed a provider, after its probe.
 * @param verified what the server is known to verify.
 */
export function probedTicketTests(
  probed: () => S3StorageProvider,
  verified: readonly ChecksumAlgorithm[],
): void {
  describe('after a probe', () => {
    it('it is known which checksums are verified', () => {
      expect(probed().capabilities.verifiedChecksums).toEqual(verified);
    });

    it.each([...new Set([...verified, 'sha256' as const])])(
      'a ticket of type put is for a content with its %s alone',
      async (algorithm) => {
        const key = someKey();
        const ticket = await putTicket(probed(), key, { checksums: checksums(CONTENT, algorithm) });
        const refused = await put(ticket, CONTENT.toUpperCase());
        expect(refused.status, await refused.text()).toBe(400);
        expect(await probed().exists(key)).toBe(false);
        const stored = await put(ticket, CONTENT);
        expect(stored.status, await stored.text()).toBe(200);
      },
    );

    it.each([...new Set([...verified, 'sha256' as const])])(
      'each part of a ticket of type multipart has to have its %s',
      async (algorithm) => {
        const key = someKey();
        const [partSize, contentLength] = [5 * MIB, content.byteLength];
        const slices = [content.subarray(0, partSize), content.subarray(partSize)];
        const partChecksums = slices.map((slice) => checksums(slice, algorithm));
        const asked = { contentLength, partSize, partChecksums };
        const ticket = await multipartTicket(probed(), key, asked);
        const further = await multipartTicket(probed(), key, {
          ...asked,
          uploadId: ticket.uploadId,
        });
        for (const { url, headers, start, size } of further.parts) {
          const part = { url, headers };
          const other = await put(part, Buffer.alloc(size, 'x'));
          expect(other.status, await other.text()).toBe(400);
          const right = await put(part, Uint8Array.from(content.subarray(start, start + size)));
          expect(right.status, await right.text()).toBe(200);
        }
        const parts: UploadedPart[] = [];
        for await (const part of probed().multipart.listParts(key, ticket.uploadId))
          parts.push(part);
        await probed().multipart.complete(key, ticket.uploadId, parts);
        const { body, metadata } = await probed().download(key);
        expect((await readAll(body)).equals(content)).toBe(true);
        if (algorithm !== 'sha256' && verified.includes(algorithm))
          expect(metadata.checksums[algorithm]).toBe(checksums(content, algorithm)[algorithm]);
      },
    );

    it('parts that have checksums of different kinds, or none, get no ticket, nor do more or fewer', async () => {
      const key = someKey();
      const [first, second] = [checksums(CONTENT, 'sha256'), checksums(CONTENT, 'crc32')];
      for (const partChecksums of [[first, second], [first, {}], [first], [first, first, first]]) {
        const asked = { contentLength: content.byteLength, partSize: 5 * MIB, partChecksums };
        const ticket = multipartTicket(probed(), key, asked);
        await expect(ticket).rejects.toMatchObject({ code: 'InvalidArgument' });
      }
      for await (const begun of probed().multipart.list()) expect(begun.key).not.toBe(key);
    });

    it('a checksum that is not verified gets no ticket', async () => {
      const others = STRONGEST_FIRST.filter(
        (each) => each !== 'sha256' && !verified.includes(each),
      );
      for (const algorithm of others) {
        const ticket = putTicket(probed(), someKey(), { checksums: checksums(CONTENT, algorithm) });
        await expect(ticket).rejects.toMatchObject({ code: 'Unsupported' });
        const partChecksums = [checksums(CONTENT, algorithm)];
        const asked = { contentLength: CONTENT.length, partChecksums };
        const inParts = multipartTicket(probed(), someKey(), asked);
        await expect(inParts).rejects.toMatchObject({ code: 'Unsupported' });
      }
    });

    it('a ticket binds the strongest of several checksums that are verified', async () => {
      for (const [i, first] of STRONGEST_FIRST.entries()) {
        const given = STRONGEST_FIRST.slice(i);
        const bound = given.find((algorithm) => verified.includes(algorithm));
        if (bound === undefined) continue;
        const { headers } = await putTicket(probed(), someKey(), {
          checksums: checksums(CONTENT, ...given),
        });
        const names = Object.keys(headers).filter((name) => /^x-amz-(checksum|content)/.test(name));
        const expected =
          first === 'sha256' && bound !== first
            ? 'x-amz-content-sha256'
            : `x-amz-checksum-${bound}`;
        expect(names).toEqual([expected]);
      }
    });
  });
}
