import { closeSync, existsSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteObjectsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { content } from './work.mjs';

/** Files of a directory. */
const FOLDER = 1_000;

/**
 * Contestants that copy a directory, each to a prefix of its own.
 * @param contenders by name, as `copying.mjs` has them.
 * @param load `size` in bytes and `count` of files, which may be a function of the contestant's name.
 * @param again Whether the files are in the bucket already, which is what `first` then tells of. A contender with `shares` finds there what
 * that one has copied.
 */
export function copyContest(contenders, { size, count }, again = false) {
  const countFor = typeof count === 'function' ? count : () => count;
  return Object.fromEntries(
    Object.entries(contenders).map(([name, open]) => {
      const { needs, shares, copies = true } = open;
      const files = countFor(name);
      const enter = (setting) =>
        contestant({ setting, open, again, copies, files, size, shares, name });
      return [name, Object.assign(enter, { needs, operations: files })];
    }),
  );
}

function contestant({ setting, open, again, copies, files, size, shares, name }) {
  const source = join(setting.directory, `source-${files}`);
  makeFiles(source, size, files);
  const bucket = bucketOf(setting.connection);
  const contender = open(setting, source);
  let round = 0;
  const prefix = () => `${(shares ?? name).replaceAll(/\W+/g, '-')}/${round}`;
  return {
    async prepare() {
      if (again && round > 0) return undefined;
      round++;
      if (!again || !copies || shares !== undefined) return undefined;
      const began = performance.now();
      const used = await contender.run(prefix());
      return { ...used, wall: performance.now() - began };
    },
    work: () => contender.run(prefix()),
    /** What was not copied would look fast; and what was would fill the server. */
    async check() {
      if (copies) await bucket.expect(prefix(), files);
      if (!again) await bucket.empty(prefix());
    },
    async close() {
      if (copies) await bucket.empty(prefix());
      bucket.close();
    },
  };
}

/** By whoever comes first: all have the same. */
function makeFiles(root, size, count) {
  if (existsSync(root)) return;
  for (let n = 0; n < count; n++) {
    const folder = join(root, String(Math.floor(n / FOLDER)));
    if (n % FOLDER === 0) mkdirSync(folder, { recursive: true });
    const file = openSync(join(folder, `${n}.bin`), 'wx');
    if (size > 0) writeSync(file, content(size));
    closeSync(file);
  }
}

function bucketOf({ bucket: Bucket, ...where }) {
  const client = new S3Client({ ...where, forcePathStyle: true });
  const pages = (prefix) => paginateListObjectsV2({ client }, { Bucket, Prefix: `${prefix}/` });
  return {
    async empty(prefix) {
      for await (const { Contents: found = [] } of pages(prefix)) {
        if (found.length === 0) continue;
        const Objects = found.map(({ Key }) => ({ Key }));
        await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
      }
    },
    async expect(prefix, count) {
      let seen = 0;
      for await (const { Contents: found = [] } of pages(prefix)) seen += found.length;
      if (seen !== count)
        throw new Error(`${seen} of ${count} files are in the bucket below ${prefix}`);
    },
    close: () => client.destroy(),
  };
}
