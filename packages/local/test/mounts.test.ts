import { describe, expect, it } from 'vitest';
import { hasMountBelow, isOnThisMachine } from '../src/mounts.js';
import { temporaryDirectory } from './fixtures.js';

const mountinfo = (...points: string[]) =>
  points.map((point, i) => `${i} 1 254:0 / ${point} rw,relatime - ext4 /dev/vda rw\n`).join('');

describe('mounts below a directory', () => {
  it.each([
    ['one below it', '/srv/files', ['/', '/srv/files/archive'], true],
    ['one far below it', '/srv/files', ['/srv/files/a/b/c'], true],
    ['one with a space in its name', '/srv/my files', ['/srv/my\\040files/archive'], true],
    ['one below the root of all', '/', ['/', '/proc'], true],
    ['itself', '/srv/files', ['/', '/srv/files'], false],
    ['one beside it', '/srv/files', ['/srv/files2', '/srv/other'], false],
    ['one above it', '/srv/files', ['/srv'], false],
  ])('%s', (_, path, points, expected) => {
    expect(hasMountBelow(path, mountinfo(...points))).toBe(expected);
  });
});

describe.skipIf(process.platform !== 'linux')('what is on this machine', () => {
  it('is a directory of a local file system, without another one below it', async () => {
    expect(await isOnThisMachine(await temporaryDirectory())).toBe(true);
    expect(await isOnThisMachine('/')).toBe(false); // /proc and others are mounted below it
    expect(await isOnThisMachine('/proc')).toBe(false);
  });
});
