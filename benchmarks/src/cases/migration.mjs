import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { DeleteObjectsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { S3SyncClient } from 's3-sync-client';
import { runCommand } from '../command.mjs';
import { content, KIB, MIB, repeat } from './work.mjs';

const SMALL = { size: 16 * KIB, count: 10_000 };
const LARGE = { size: 128 * MIB, count: 8 };

const COMMAND = fileURLToPath(new URL('../../../packages/cli/bin/storage.mjs', import.meta.url));

/** One way each to bring a directory into an empty prefix, and what it takes to do it once more. */
const contenders = {
  'storage migrate': storage([]),
  'storage migrate, workers': storage(['--workers', String(availableParallelism())]),
  rclone: rclone([]),
  'rclone, 16 transfers': rclone(['--transfers', '16', '--checkers', '16']),
  's3-sync-client'({ connection }, source) {
    const { bucket, ...where } = connection;
    const client = new S3Client({ ...where, forcePathStyle: true });
    const { sync } = new S3SyncClient({ client });
    return {
      async run(prefix) {
        await sync(source, `s3://${bucket}/${prefix}`, { maxConcurrentTransfers: 16 });
      },
      close: () => client.destroy(),
    };
  },
};

function storage(options) {
  return ({ connection, directory }, source) => {
    const { bucket, endpoint, region, credentials } = connection;
    const env = {
      ...keysOf(credentials),
      AWS_REGION: region,
      XDG_STATE_HOME: join(directory, `journals${options.join('')}`),
    };
    return {
      run: (prefix) =>
        runCommand(
          process.execPath,
          [
            ...['--no-warnings', COMMAND, 'migrate', source, `s3://${bucket}/${prefix}`],
            ...['--endpoint', endpoint, ...options],
          ],
          env,
        ),
    };
  };
}

function rclone(options) {
  return ({ connection }, source) => {
    const { bucket, endpoint, region, credentials } = connection;
    const env = {
      ...keysOf(credentials),
      RCLONE_S3_PROVIDER: 'Other',
      RCLONE_S3_ENV_AUTH: 'true',
      RCLONE_S3_ENDPOINT: endpoint,
      RCLONE_S3_REGION: region,
      RCLONE_S3_FORCE_PATH_STYLE: 'true',
      RCLONE_S3_NO_CHECK_BUCKET: 'true',
    };
    return {
      run: (prefix) =>
        runCommand('rclone', ['copy', source, `:s3:${bucket}/${prefix}`, ...options], env),
    };
  };
}

const keysOf = ({ accessKeyId, secretAccessKey }) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_EC2_METADATA_DISABLED: 'true',
});

/** @param again Whether the files are in the bucket already. */
function contest({ size, count }, again = false) {
  return Object.fromEntries(
    Object.entries(contenders).map(([name, open]) => [
      name,
      async (setting) => {
        const source = join(setting.directory, 'source');
        await makeFiles(source, size, count);
        const bucket = emptied(setting.connection);
        const contender = open(setting, source);
        let round = 0;
        const prefix = () => `${name.replaceAll(/\W/g, '-')}/${round}`;
        return {
          async prepare() {
            if (again && round > 0) return;
            await bucket.empty(prefix());
            round++;
            if (again) await contender.run(prefix());
          },
          work: async () => {
            const used = await contender.run(prefix());
            if (!again) await bucket.expect(prefix(), count);
            return used;
          },
          async close() {
            await bucket.empty(prefix());
            bucket.close();
            contender.close?.();
          },
        };
      },
    ]),
  );
}

/** By whoever comes first: all have the same. */
async function makeFiles(root, size, count) {
  const made = await mkdir(root, { recursive: true });
  if (made === undefined) return;
  await repeat(count, 8, async (n) => {
    const folder = join(root, String(n % 100));
    await mkdir(folder, { recursive: true });
    const file = createWriteStream(join(folder, `${n}.bin`));
    file.end(content(size));
    await finished(file);
  });
}

function emptied({ bucket: Bucket, ...where }) {
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
    /** What was not copied would look fast. */
    async expect(prefix, count) {
      let seen = 0;
      for await (const { Contents: found = [] } of pages(prefix)) seen += found.length;
      if (seen !== count) throw new Error(`${seen} of ${count} files are in the bucket`);
    },
    close: () => client.destroy(),
  };
}

const described = ({ size, count }) => ({
  operations: count,
  bytes: size,
  baseline: 'rclone',
  rounds: 3,
});

export const migrationCases = {
  'migrate 10,000 files of 16 KiB': {
    ...described(SMALL),
    about:
      'An empty prefix at first. `storage migrate` hashes with SHA-256 and CRC-32, creates conditionally, and flushes its journal to the disk; rclone sends an MD5, and looks at each object afterwards; s3-sync-client sends a CRC-32.',
    contestants: contest(SMALL),
  },
  'migrate 8 files of 128 MiB': {
    ...described(LARGE),
    about: 'The same with large files, in parts.',
    contestants: contest(LARGE),
  },
  'migrate 10,000 files again': {
    ...described(SMALL),
    about: 'All are there already, and unchanged.',
    contestants: contest(SMALL, true),
  },
};
