import { copyContest } from './copy-contest.mjs';
import { rclone, readAll, storage } from './copying.mjs';
import { many } from './work.mjs';

const WIDE = ['--transfers', '16', '--checkers', '16'];

const contenders = {
  'storage migrate': storage(),
  'rclone, by time': rclone('rclone', ...WIDE),
  'rclone, by time of the server': Object.assign(
    rclone('rclone', ...WIDE, '--update', '--use-server-modtime'),
    { shares: 'rclone, by time' },
  ),
  'looking alone': readAll('look'),
};

const scan = (count, rounds) => {
  const load = { size: 0, count: many(count) };
  return {
    operations: load.count,
    bytes: 0,
    rounds,
    warmUp: false,
    baseline: 'rclone, by time',
    limit: 'looking alone',
    about:
      'Empty files, all copied before and unchanged. The first copy, which goes before, is told beside it. rclone compares the times that it has recorded, for which it asks for the metadata of each object; by the time of the server (`--update --use-server-modtime`) it only lists, and passes over a file that was replaced by an older one. `looking alone` is an lstat of each file.',
    contestants: copyContest(contenders, load, true),
  };
};

export const scanCases = {
  'scan of 10,000 files': scan(10_000, 3),
  'scan of 100,000 files': scan(100_000, 3),
  'scan of 1,000,000 files': scan(1_000_000, 1),
};
