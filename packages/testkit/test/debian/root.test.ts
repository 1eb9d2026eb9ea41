import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { run } from '../../src/daemons/command.js';
import { architectureOf } from '../../src/debian/architecture.js';
import {
  DebianStartError,
  DebianUnavailableError,
  debianRoot,
  startDebianDaemon,
} from '../../src/debian/index.js';

// The first time on a machine it is fetched.
test('a program of a package runs by the libraries that came with it', {
  timeout: 300_000,
}, async () => {
  const root = await debianRoot({ packages: ['nginx'] });
  const { file, args } = root.command('usr/sbin/nginx', ['-v']);
  expect(file.startsWith(root.directory)).toBe(true);
  expect(await run('sh', ['-c', '"$0" "$@" 2>&1', file, ...args])).toMatch(
    /nginx version: nginx\//,
  );
});

test.each([
  ['darwin', 'arm64'],
  ['linux', 'riscv64'],
])('on %s %s packages of Debian are unavailable', (platform, machine) => {
  expect(() => architectureOf(platform, machine)).toThrow(DebianUnavailableError);
});

test('a daemon that ends instead of coming up is an error with what it printed', async () => {
  const started = startDebianDaemon({
    prepare: async () => ({ file: 'sh', args: ['-c', 'echo no such luck >&2; exit 1'] }),
    isUp: async () => false,
  });
  const error = await started.catch((e: unknown) => e);
  expect(error).toBeInstanceOf(DebianStartError);
  expect(String(error)).toContain('no such luck');
});

test('a daemon is gone when it was stopped, with the folder that it had', async () => {
  let folder = '';
  const daemon = await startDebianDaemon({
    prepare: async (directory) => {
      folder = directory;
      return { file: 'sh', args: ['-c', 'echo $$ > pid; exec sleep 600'] };
    },
    isUp: async () => (await readdir(folder)).includes('pid'),
  });
  await daemon.stop();
  await expect(readdir(folder)).rejects.toThrow('ENOENT');
});
