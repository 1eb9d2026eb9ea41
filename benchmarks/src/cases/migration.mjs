import { copyContest } from './copy-contest.mjs';
import { aws, barePut, rclone, readAll, s3SyncClient, storage } from './copying.mjs';
import { KIB, MIB, many } from './work.mjs';

const SMALL = { size: 16 * KIB, count: many(10_000) };
const LARGE = { size: 128 * MIB, count: many(8) };
const FAR = { size: 16 * KIB, count: many(2_000) };

/** What is below all others: as many PUTs as there are files, and nothing else. */
const LIMIT = 'bare PUT, 16 at once';

const near = {
  'storage migrate': storage(),
  'storage migrate, workers': storage('--workers', 'auto'),
  'storage migrate, auto': storage('--concurrency', 'auto'),
  rclone: rclone('rclone'),
  'rclone, 16 transfers': rclone('rclone', '--transfers', '16', '--checkers', '16'),
  'rclone, installed, 16 transfers': rclone(
    'rclone, installed',
    ...['--transfers', '16', '--checkers', '16'],
  ),
  's3-sync-client, 16 at once': s3SyncClient(16),
  'aws s3 sync': aws(10),
  [LIMIT]: barePut(16),
  'reading alone': readAll(),
};

const { [LIMIT]: _, 'reading alone': __, ...copiers } = near;

const far = {
  'storage migrate': storage(),
  'storage migrate, 64 at once': storage('--concurrency', '64'),
  'storage migrate, auto': storage('--concurrency', 'auto'),
  'rclone, 16 transfers': rclone('rclone', '--transfers', '16', '--checkers', '16'),
  'rclone, 64 transfers': rclone('rclone', '--transfers', '64', '--checkers', '64'),
  'rclone, 128 transfers': rclone('rclone', '--transfers', '128', '--checkers', '128'),
  's3-sync-client, 64 at once': s3SyncClient(64),
  'aws s3 sync, 64 at once': aws(64),
  'bare PUT, 64 at once': barePut(64),
};

const described = ({ size, count }) => ({
  operations: count,
  bytes: size,
  baseline: 'rclone, 16 transfers',
  rounds: 3,
});

const GUARANTEES =
  'The guarantees are not equal, and each program is as it is by default. `storage migrate` hashes with SHA-256 and CRC-32, which the server verifies before the object is visible, creates conditionally (nothing is overwritten), and flushes a journal to the disk, so that a crash forgets nothing; rclone sends an MD5, and looks at each object afterwards; s3-sync-client and aws send a CRC-32; neither of these keeps a journal or a condition. `bare PUT` is one signed request with one SHA-256 for each file, the limit of what a client in Node can do; `reading alone` copies nothing.';

export const migrationCases = {
  'migrate 10,000 files of 16 KiB': {
    ...described(SMALL),
    limit: LIMIT,
    about: `To an empty prefix. ${GUARANTEES}`,
    contestants: copyContest(near, SMALL),
  },
  'migrate 8 files of 128 MiB': {
    ...described(LARGE),
    limit: LIMIT,
    about:
      'The same with large files, which all but `bare PUT` send in parts; that one reads each in passing, and computes the SHA-256 without sending it.',
    contestants: copyContest(near, LARGE),
  },
  'migrate 10,000 files again': {
    ...described(SMALL),
    limit: 'looking alone',
    about:
      'All are there already, and unchanged. `storage migrate` compares the directory with its journal; the others list the bucket and compare size and time, for which rclone asks for the metadata of each object. `looking alone` is an lstat of each file.',
    contestants: copyContest({ ...copiers, 'looking alone': readAll('look') }, SMALL, true),
  },
  'migrate 2,000 files of 16 KiB, at 80 ms': {
    ...described(FAR),
    limit: 'bare PUT, 64 at once',
    network: { delay: 80 },
    about:
      'To an empty prefix, by a proxy that holds each request for 80 ms, as a distant region would: what counts is how many requests a file takes, and how many are under way at once. Each program with several settings.',
    contestants: copyContest(far, FAR),
  },
};
