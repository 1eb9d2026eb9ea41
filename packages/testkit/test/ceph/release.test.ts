import { expect, test } from 'vitest';
import { DebianUnavailableError } from '../../src/ceph/index.js';
import { releaseOf } from '../../src/ceph/release.js';

test('each version comes from its suite, for the architecture of the machine', () => {
  expect(releaseOf(20, 'linux', 'x64')).toMatchObject({
    suite: 'sid',
    architecture: { name: 'amd64' },
  });
  expect(releaseOf(18, 'linux', 'arm64')).toMatchObject({
    suite: 'trixie',
    architecture: { name: 'arm64' },
  });
});

test.each([
  ['darwin', 'arm64'],
  ['win32', 'x64'],
  ['linux', 'riscv64'],
])('on %s %s Ceph is unavailable, and the error says what to do', (platform, machine) => {
  const attempt = () => releaseOf(20, platform, machine);
  expect(attempt).toThrow(DebianUnavailableError);
  expect(attempt).toThrow(/Debian container/);
});
