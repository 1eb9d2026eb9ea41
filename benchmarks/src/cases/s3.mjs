import { Readable } from 'node:stream';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { AwsS3StorageAdapter } from '@flystorage/aws-s3';
import { FileStorage } from '@flystorage/file-storage';
import { S3StorageProvider } from '@org/storage-s3';
import { Disk } from 'flydrive';
import { S3Driver } from 'flydrive/drivers/s3';
import { BareClient } from '../tools/bare-client.mjs';
import { content, drain, hashing, KIB, MIB, many, repeat } from './work.mjs';

const SMALL = { size: 16 * KIB, count: many(1_000), atOnce: 8 };
const LARGE = { size: 64 * MIB, count: many(2), atOnce: 1 };

/** One way to talk to the bucket each: how to store bytes or a stream, and how to open what is stored. */
const contenders = {
  'raw SDK'({ connection }) {
    const { bucket: Bucket, endpoint, region, credentials } = connection;
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    return {
      put: (Key, Body) => client.send(new PutObjectCommand({ Bucket, Key, Body })),
      putStream: (Key, Body) =>
        new Upload({ client, params: { Bucket, Key, Body }, partSize: 8 * MIB }).done(),
      async open(Key) {
        const { Body } = await client.send(
          new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }),
        );
        return Body;
      },
      close: () => client.destroy(),
    };
  },
  '@org/storage-s3'({ connection }) {
    const storage = new S3StorageProvider({ ...connection, server: 'aws' });
    return {
      put: (key, bytes) => storage.upload(key, bytes),
      putStream: (key, stream) => storage.upload(key, stream),
      open: async (key) => (await storage.download(key)).body,
      close: () => storage.close(),
    };
  },
  flystorage({ connection }) {
    const { bucket, endpoint, region, credentials } = connection;
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const storage = new FileStorage(new AwsS3StorageAdapter(client, { bucket }));
    return {
      put: (key, bytes) => storage.write(key, bytes),
      putStream: (key, stream) => storage.write(key, stream),
      open: (key) => storage.read(key),
      close: () => client.destroy(),
    };
  },
  flydrive({ connection }) {
    const { bucket, endpoint, region, credentials } = connection;
    const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
    const disk = new Disk(
      new S3Driver({ client, bucket, visibility: 'private', supportsACL: false }),
    );
    return {
      put: (key, bytes) => disk.put(key, bytes),
      open: (key) => disk.getStream(key),
      close: () => client.destroy(),
    };
  },
};

/** The least that a client can do: not a library, but what all of them cost more than. */
const LIMIT = 'bare node:http';
contenders[LIMIT] = ({ connection }) => {
  const client = new BareClient(connection, 8);
  return {
    put: (key, bytes) => client.put(key, bytes),
    open: (key) => client.get(key),
    close: () => client.close(),
  };
};

for (const name of ['flystorage', 'flydrive']) {
  contenders[`${name}, hashing`] = (setting) => hashing(contenders[name](setting));
}

/** @param work `(contender, prefix) => () => Promise`, after what has to be there was stored. */
function contest(names, work) {
  return Object.fromEntries(
    names.map((name) => [
      name,
      async (setting) => {
        const contender = contenders[name](setting);
        const prefix = name.replaceAll(/\W/g, '-');
        return { work: await work(contender, prefix), close: contender.close };
      },
    ]),
  );
}

const uploads =
  ({ size, count, atOnce }) =>
  (contender, prefix) =>
  () =>
    repeat(count, atOnce, (n) => contender.put(`${prefix}/${n}.bin`, content(size)));

const streamed =
  ({ size, count, atOnce }) =>
  (contender, prefix) =>
  () =>
    repeat(count, atOnce, (n) =>
      contender.putStream(`${prefix}/${n}.bin`, inChunks(content(size))),
    );

const downloads =
  ({ size, count, atOnce }) =>
  async (contender, prefix) => {
    await contender.put(`${prefix}/stored.bin`, content(size));
    return () =>
      repeat(count, atOnce, async () => drain(await contender.open(`${prefix}/stored.bin`), size));
  };

/** As a file or a request would give them. */
function inChunks(bytes) {
  const chunks = function* () {
    for (let start = 0; start < bytes.byteLength; start += 64 * KIB) {
      yield bytes.subarray(start, start + 64 * KIB);
    }
  };
  return Readable.from(chunks(), { objectMode: false });
}

const all = Object.keys(contenders);
const baseline = 'raw SDK';
const described = ({ size, count, atOnce }) => ({
  operations: count,
  bytes: size,
  atOnce,
  baseline,
  limit: LIMIT,
});

export const s3Cases = {
  'S3: upload 16 KiB': {
    ...described(SMALL),
    about:
      'Bytes in memory by one PUT, eight at once. All send a CRC-32 that the server verifies; @org/storage-s3 also the SHA-256, signed and recorded. With `hashing`, the caller computes the SHA-256 of what it hands over. `bare node:http` signs one SHA-256 and sends no CRC-32.',
    contestants: contest(all, uploads(SMALL)),
  },
  'S3: download 16 KiB': {
    ...described(SMALL),
    about:
      'One GET, eight at once, read to the end. The raw SDK and @org/storage-s3 check the CRC-32, the latter the length as well; with `hashing`, the caller checks the SHA-256. `bare node:http` checks nothing.',
    contestants: contest(all, downloads(SMALL)),
  },
  'S3: upload a stream of 64 MiB': {
    ...described(LARGE),
    about:
      'A stream of unknown length in chunks of 64 KiB, in parts of 8 MiB (flystorage: of 5 MiB). flydrive takes a stream of unknown length for one PUT, which the SDK refuses.',
    contestants: contest(
      all.filter((name) => !name.startsWith('flydrive') && name !== LIMIT),
      streamed(LARGE),
    ),
  },
  'S3: download 64 MiB': {
    ...described(LARGE),
    about: 'One GET, read to the end; checks as for 16 KiB.',
    contestants: contest(all, downloads(LARGE)),
  },
};
