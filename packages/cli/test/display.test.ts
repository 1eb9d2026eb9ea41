import { expect, it } from 'vitest';
import { progressLine } from '../src/display.js';

const snapshot = {
  phase: 'working',
  total: { files: 1000, bytes: 4096 },
  done: { files: 10, bytes: 2048 },
  hashed: 0,
  byteRate: 1024,
  fileRate: 5,
  secondsLeft: 198,
} as const;

it('the progress of a command that works alone is told with the time that is left', () => {
  expect(progressLine(snapshot, false)).toMatch(
    /^10\/1,000 files, 2.*KiB\/4.*KiB, 5 files\/s, .* left$/,
  );
});

it('that of one of several hosts is told as its own, of what there is for all', () => {
  expect(progressLine(snapshot, true)).toMatch(
    /^this host: 10 of all hosts’ 1,000 files, 2.*KiB of all hosts’ 4.*KiB, 5 files\/s, [^,]*\/s$/,
  );
});
