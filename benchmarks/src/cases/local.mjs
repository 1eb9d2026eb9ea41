import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdirSync,
  openSync,
  readSync,
} from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileStorage } from '@flystorage/file-storage';
import { LocalStorageAdapter } from '@flystorage/local-fs';
import { LocalStorageProvider } from '@org/storage-local';
import { Disk } from 'flydrive';
import { FSDriver } from 'flydrive/drivers/fs';
import { byHand } from './by-hand.mjs';
import { content, drain, hashing, KIB, MIB, many, repeat } from './work.mjs';

const SMALL = { size: 16 * KIB, count: many(2_000), atOnce: 8 };
const LARGE = { size: 256 * MIB, count: many(2), atOnce: 1 };
const WRITTEN = { size: 16 * KIB, count: many(500), atOnce: 8 };
const LARGE_WRITTEN = { size: 128 * MIB, count: many(1), atOnce: 1 };

const contenders = {
  'fs streams': (root) => ({
    open: async (name) => createReadStream(join(root, name)),
    put: async (name, bytes) => {
      await writeFile(join(root, `${name}.new`), bytes);
      await rename(join(root, `${name}.new`), join(root, name));
    },
    putStream: async (name, stream) => {
      await pipeline(stream, createWriteStream(join(root, `${name}.new`)));
      await rename(join(root, `${name}.new`), join(root, name));
    },
  }),
  '@org/storage-local': (root) => ours(new LocalStorageProvider({ root })),
  '@org/storage-local, relaxed': (root) =>
    ours(new LocalStorageProvider({ root, durability: 'relaxed' })),
  flystorage(root) {
    const storage = new FileStorage(new LocalStorageAdapter(root));
    return {
      open: (name) => storage.read(name),
      put: (name, bytes) => storage.write(name, bytes),
      putStream: (name, stream) => storage.write(name, stream),
    };
  },
  flydrive(root) {
    const disk = new Disk(new FSDriver({ location: root, visibility: 'private' }));
    return {
      open: (name) => disk.getStream(name),
      put: (name, bytes) => disk.put(name, bytes),
      putStream: (name, stream) => disk.putStream(name, stream),
    };
  },
};

for (const name of ['flystorage', 'flydrive']) {
  contenders[`${name}, hashing`] = (root) => hashing(contenders[name](root));
}

/** The least that reading can cost, as dd does it: not a library, since nothing else happens meanwhile. */
const LIMIT = 'readSync, 1 MiB at a time';

const piece = Buffer.allocUnsafe(MIB);

const limit = {
  [LIMIT]: (root) => ({
    open: async (name) => piecesOf(join(root, name)),
    put: (name, bytes) => writeFile(join(root, name), bytes),
  }),
};

function* piecesOf(path) {
  const file = openSync(path, 'r');
  try {
    for (let read = readSync(file, piece); read > 0; read = readSync(file, piece))
      yield piece.subarray(0, read);
  } finally {
    closeSync(file);
  }
}

/** The same guarantees for all: what one library does not do, is done by hand around it. */
const guarded = {
  'fs, by hand': (root) => byHand(root, inPlace(root)),
  '@org/storage-local': contenders['@org/storage-local'],
  'flystorage, by hand': (root) => byHand(root, contenders.flystorage(root)),
  'flydrive, by hand': (root) => byHand(root, contenders.flydrive(root)),
};

function inPlace(root) {
  return { put: (name, bytes) => writeFile(join(root, name), bytes) };
}

function ours(storage) {
  return {
    open: async (key) => (await storage.download(key)).body,
    put: (key, bytes) => storage.upload(key, bytes),
    putStream: (key, stream) => storage.upload(key, stream),
    close: () => storage.close(),
  };
}

function contest(names, work, from = contenders) {
  return Object.fromEntries(
    names.map((name) => [
      name,
      async ({ directory }) => {
        const root = join(directory, name.replaceAll(/\W/g, '-'));
        await mkdir(root, { recursive: true });
        if (name.startsWith('@org/')) makeShards(root);
        const contender = from[name](root);
        return { work: await work(contender, root), close: contender.close };
      },
    ]),
  );
}

/** The directories of metadata, as they are in a root that is in use: each is made once, with the first file that falls into it. */
function makeShards(root) {
  for (let shard = 0; shard < 4096; shard++) {
    const name = shard.toString(16).padStart(3, '0');
    mkdirSync(join(root, '.storage/meta', name), { recursive: true });
  }
}

/** Files that something else has written: all contenders serve them. */
const foreignReads =
  ({ size, count, atOnce }) =>
  async (contender, root) => {
    await writeFile(join(root, 'file.bin'), content(size));
    return () => repeat(count, atOnce, async () => drain(await contender.open('file.bin'), size));
  };

/** Files that the contender itself has written, with what it keeps beside them. */
const ownReads =
  ({ size, count, atOnce }) =>
  async (contender) => {
    await contender.put('file.bin', content(size));
    return () => repeat(count, atOnce, async () => drain(await contender.open('file.bin'), size));
  };

const overwrites =
  ({ size, count, atOnce }) =>
  async (contender) =>
  () =>
    repeat(count, atOnce, (n) => contender.put(`${n}.bin`, content(size)));

/** Names that were not there before, as uploads get them. */
const writes =
  ({ size, count, atOnce }) =>
  async (contender) => {
    let round = 0;
    return () => {
      const named = `round-${round++}`;
      return repeat(count, atOnce, (n) => contender.put(`${named}-${n}.bin`, content(size)));
    };
  };

const streamedWrites =
  ({ size, count, atOnce }) =>
  async (contender) =>
  () =>
    repeat(count, atOnce, (n) =>
      contender.putStream(
        `${n}.bin`,
        Readable.from(chunksOf(content(size)), { objectMode: false }),
      ),
    );

function* chunksOf(bytes) {
  for (let start = 0; start < bytes.byteLength; start += 64 * KIB) {
    yield bytes.subarray(start, start + 64 * KIB);
  }
}

const readers = Object.keys(contenders).filter((name) => !name.includes('relaxed'));
const readersAsIs = readers.filter((name) => !name.includes('hashing'));
const baseline = 'fs streams';
const described = ({ size, count, atOnce }) => ({
  operations: count,
  bytes: size,
  atOnce,
  baseline,
});

const readsBesideLimit = (load) => ({
  ...contest(readersAsIs, foreignReads(load)),
  ...contest([LIMIT], foreignReads(load), limit),
});

const UNEQUAL =
  'The guarantees are not equal. `fs streams` writes to another name and renames. @org/storage-local also computes CRC-32 and SHA-256, keeps them with the metadata in a second file, holds a lock between processes while it renames, and, unless it is relaxed, syncs both files and both directories. flystorage and flydrive write in place, so that a reader or a crash can meet half a file, sync nothing and keep no metadata; with `hashing`, the caller computes the SHA-256, which is kept nowhere.';

const EQUAL =
  'Equal for all: a reader sees the old file or the new one; SHA-256 and metadata are in a second file that is complete before the name changes; files and directories are synced, so that what is acknowledged survives a crash of the machine. What a library does not do is done by hand around it, with `node:fs`: it writes under a temporary name. Only @org/storage-local also ties the metadata to the very body that they belong to, computes a CRC-32, excludes other processes while it renames, refuses symbolic links, and clears away what killed processes have left.';

export const localCases = {
  'local: read 16 KiB': {
    ...described(SMALL),
    about:
      'Files that something else has written, eight at once, as streams. @org/storage-local looks for symbolic links on the way and for changes while it reads; the others do not.',
    limit: LIMIT,
    contestants: readsBesideLimit(SMALL),
  },
  'local: read 256 MiB': {
    ...described(LARGE),
    about: 'The same with one large file.',
    limit: LIMIT,
    contestants: readsBesideLimit(LARGE),
  },
  'local: read 16 KiB with metadata': {
    ...described(SMALL),
    about:
      'Files of the contender’s own: @org/storage-local reads the metadata beside the file, and checks the content against its CRC-32; with `hashing`, the caller checks the SHA-256.',
    contestants: contest(readers, ownReads(SMALL)),
  },
  'local: write 16 KiB': {
    ...described(WRITTEN),
    about: `New files of bytes in memory, eight at once, as each contender writes them, into a root that is in use. ${UNEQUAL}`,
    contestants: contest(Object.keys(contenders), writes(WRITTEN)),
  },
  'local: overwrite 16 KiB': {
    ...described(WRITTEN),
    about: `The same with files that are there. ext4 gives away the inode of a deleted file only after a minute, and passes over it until then: who replaces files often pays for it with each new file, and @org/storage-local, whose metadata are files, twice. ${UNEQUAL}`,
    contestants: contest(Object.keys(contenders), overwrites(WRITTEN)),
  },
  'local: write 16 KiB, with equal guarantees': {
    ...described(WRITTEN),
    baseline: 'fs, by hand',
    about: `New files. ${EQUAL}`,
    contestants: contest(Object.keys(guarded), writes(WRITTEN), guarded),
  },
  'local: overwrite 16 KiB, with equal guarantees': {
    ...described(WRITTEN),
    baseline: 'fs, by hand',
    about: `Files that are there. ${EQUAL}`,
    contestants: contest(Object.keys(guarded), overwrites(WRITTEN), guarded),
  },
  'local: write a stream of 128 MiB': {
    ...described(LARGE_WRITTEN),
    about:
      'The same with a stream in chunks of 64 KiB; @org/storage-local computes CRC-32 and SHA-256, with `hashing` the caller the latter.',
    contestants: contest(Object.keys(contenders), streamedWrites(LARGE_WRITTEN)),
  },
};
