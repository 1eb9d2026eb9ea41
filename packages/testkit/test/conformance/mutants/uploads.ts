import { type Body, readAll, StorageError, streamOf, type UploadOptions } from '@org/storage-core';
import { type Mutant, mutant, nextTurn, without } from './mutant.js';

/** What can be read of a body, though it fails. */
async function readable(body: Body): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of streamOf(body) as AsyncIterable<Uint8Array>) chunks.push(chunk);
  } catch {
    // what was read is what this is about
  }
  return Buffer.concat(chunks);
}

export const uploadMutants: readonly Mutant[] = [
  {
    breaks: 'appends to the file that is there',
    make: mutant((original) => ({
      async upload(key, body, options) {
        if (!(await original.exists(key))) return original.upload(key, body, options);
        const old = await readAll((await original.download(key)).body);
        return original.upload(key, Buffer.concat([old, await readAll(streamOf(body))]), options);
      },
    })),
    caught: ['an upload over a file replaces its content'],
  },
  {
    breaks: 'takes right checksums for wrong ones',
    make: mutant((original) => ({
      upload(key, body, options) {
        const { sha256, ...checksums } = options?.checksums ?? {};
        const reversed = sha256 === undefined ? {} : { sha256: [...sha256].reverse().join('') };
        return original.upload(key, body, { ...options, checksums: { ...checksums, ...reversed } });
      },
    })),
    caught: ['an upload whose announced length and checksums are right is stored'],
  },
  {
    breaks: 'shows what was read of a body that failed',
    make: mutant((original) => ({
      async upload(key, body, options) {
        const seen: Uint8Array[] = [];
        const watched = async function* () {
          for await (const chunk of streamOf(body) as AsyncIterable<Uint8Array>) {
            seen.push(chunk);
            yield chunk;
          }
        };
        try {
          return await original.upload(key, watched(), options);
        } catch (error) {
          if (seen.length > 0) await original.upload(key, Buffer.concat(seen));
          throw error;
        }
      },
    })),
    caught: [
      'a body that fails leaves all as it was',
      'a body that fails with a StorageError makes the upload fail with its code',
      'a body that is shorter than announced is refused and leaves all as it was',
      'an upload that is aborted while its body is awaited ends and leaves all as it was',
      'a large upload that is aborted while its body is awaited ends and leaves all as it was',
      'an upload that is refused for a wrong checksum destroys its body',
    ],
  },
  {
    breaks: 'stores a body that broke off as if it had ended',
    make: mutant((original) => ({
      upload: async (key, body, options) => original.upload(key, await readable(body), options),
    })),
    caught: [
      'a body that fails leaves all as it was',
      'a body that failed before it was handed over makes the upload fail',
    ],
  },
  {
    breaks: 'replaces the metadata of the old file though the upload fails',
    make: mutant((original) => ({
      async upload(key, body, options) {
        try {
          return await original.upload(key, body, options);
        } catch (error) {
          if (await original.exists(key).catch(() => false)) {
            const old = await readAll((await original.download(key)).body);
            await original.upload(key, old);
          }
          throw error;
        }
      },
    })),
    caught: [
      'a body that fails leaves all as it was',
      'a body with another sha256 than expected is refused and leaves all as it was',
    ],
  },
  {
    breaks: 'leaves a staging file behind when an upload fails',
    make: mutant((original) => {
      const staged: string[] = [];
      return {
        async upload(key, body, options) {
          try {
            return await original.upload(key, body, options);
          } catch (error) {
            staged.push(key);
            throw error;
          }
        },
        leftovers: async () => staged,
      };
    }),
    caught: [
      'a body that fails leaves all as it was',
      'a body that is longer than announced is refused and leaves all as it was',
      'an upload from an async generator that never goes on can be aborted',
      'of twenty creates at once, exactly one wins',
      'a create-only upload over a file is refused with AlreadyExists and changes nothing',
    ],
  },
  {
    breaks: 'does not look at the checksums that are expected',
    make: mutant((original) => ({
      upload: (key, body, options) => original.upload(key, body, without(options, 'checksums')),
    })),
    caught: [
      'a body with another sha256 than expected is refused and leaves all as it was',
      'a body with another crc32 than expected is refused and leaves all as it was',
      'a body with another crc64nvme than expected is refused, also where the provider can’t compute it',
      'upload refuses options of wrong form, and stores nothing',
    ],
  },
  {
    breaks: 'looks at the checksums after it has stored the file',
    make: mutant((original) => ({
      async upload(key, body, options) {
        const stored = await original.upload(key, body, without(options, 'checksums'));
        const { sha256 = stored.checksums.sha256 } = options?.checksums ?? {};
        if (sha256 !== stored.checksums.sha256) throw new StorageError('ChecksumMismatch', 'late');
        return stored;
      },
    })),
    caught: ['a body with another sha256 than expected is refused and leaves all as it was'],
  },
  {
    breaks: 'does not look at the length that is announced',
    make: mutant((original) => ({
      upload: (key, body, options) => original.upload(key, body, without(options, 'contentLength')),
    })),
    caught: [
      'a body that is shorter than announced is refused and leaves all as it was',
      'a body that is longer than announced is refused and leaves all as it was',
    ],
  },
  {
    breaks: 'cuts a body at the length that is announced',
    make: mutant((original) => ({
      async upload(key, body, options) {
        const length = options?.contentLength;
        if (length === undefined) return original.upload(key, body, options);
        const content = await readable(body);
        return original.upload(key, content.subarray(0, length), options);
      },
    })),
    caught: ['a body that is longer than announced is refused and leaves all as it was'],
  },
  {
    breaks: 'tells no progress',
    make: mutant((original) => ({
      upload: (key, body, options) => original.upload(key, body, without(options, 'onProgress')),
    })),
    caught: ['progress is told in ascending bytes and ends with the size'],
  },
  {
    breaks: 'lets uploads at once share a staging file',
    make: mutant((original) => {
      let staged: Uint8Array[] = [];
      return {
        async upload(key, body, options) {
          staged = [];
          for await (const chunk of streamOf(body) as AsyncIterable<Uint8Array>) {
            staged.push(chunk);
            await nextTurn();
          }
          return original.upload(key, Buffer.concat(staged), options);
        },
      };
    }),
    caught: [
      'fifty files are uploaded and downloaded at once',
      'of twenty uploads of one key at once, one is the file',
    ],
  },
  {
    breaks: 'shows metadata and content one after the other',
    make: mutant((original) => ({
      async upload(key, body, options) {
        if (await original.exists(key)) {
          const old = await readAll((await original.download(key)).body);
          await original.upload(key, old, only(options));
          await nextTurn();
        }
        return original.upload(key, body, options);
      },
    })),
    caught: [
      'readers see the old file or the new one, never a mixture, while it is replaced',
      'who reads a file that several overwrite sees it whole, with its own metadata',
    ],
  },
  {
    breaks: 'removes the old file before it has the new one',
    make: mutant((original) => ({
      async upload(key, body, options) {
        const content = await readAll(streamOf(body));
        await original.delete(key);
        await nextTurn();
        return original.upload(key, content, options);
      },
    })),
    caught: [
      'readers see the old file or the new one, never a mixture, while it is replaced',
      'who reads a file that several overwrite sees it whole, with its own metadata',
    ],
  },
  {
    breaks: 'has one ETag for all',
    make: mutant((original) => ({
      async upload(key, body, options) {
        const stored = await original.upload(key, body, options);
        return { ...stored, etag: 'constant' as typeof stored.etag };
      },
    })),
    caught: [
      'the ETag differs between contents of one length, and has no quotes',
      'an upload returns what stat, download and list say afterwards',
    ],
  },
  {
    breaks: 'has quotes around ETags',
    make: mutant((original) => ({
      async upload(key, body, options) {
        const stored = await original.upload(key, body, options);
        return { ...stored, etag: `"${stored.etag}"` as typeof stored.etag };
      },
    })),
    caught: ['the ETag differs between contents of one length, and has no quotes'],
  },
  {
    breaks: 'tells checksums of something else',
    make: mutant((original) => ({
      async stat(key, options) {
        const file = await original.stat(key, options);
        return { ...file, checksums: { ...file.checksums, crc32: '00000001' } };
      },
    })),
    caught: ['the checksums of a file are those of its content'],
  },
  {
    breaks: 'has a view of its own in each instance',
    make: mutant(() => {
      const other = mutant(() => ({}));
      return { reopen: async () => other().provider };
    }),
    caught: ['what was uploaded is seen by another view of the store'],
  },
  {
    breaks: 'claims multipart uploads and has none',
    make: mutant((original) => ({
      capabilities: { ...original.capabilities, multipart: 'native' },
    })),
    caught: [
      'who has multipart uploads offers to list and abort them, who has none does not',
      'the id of a multipart upload is told before its first part is sent, and not for one request',
      'an upload whose id can’t be written down fails and leaves nothing',
      'an unfinished multipart upload is listed under its key, and aborting it, also twice, leaves nothing',
    ],
  },
];

function only(options: UploadOptions | undefined): UploadOptions {
  const { contentType, metadata } = options ?? {};
  return {
    ...(contentType === undefined ? {} : { contentType }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}
