import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { ended, Storage, temporaryDirectory } from './fixtures.js';

it.each(['--help', 'migrate --help', '--version', 'completion bash'])(
  '%s ends quietly where nobody reads what it prints',
  async (line) => {
    const child = new Storage(await temporaryDirectory(), {}).start(...line.split(' '));
    child.stdout?.destroy(); // long before it has started
    expect(await ended(child)).toEqual({ code: 0, stdout: '', stderr: '' });
  },
);

it('a mistake keeps its exit code where nobody reads of it', async () => {
  const child = new Storage(await temporaryDirectory(), {}).start('migrat');
  child.stderr?.destroy();
  expect(await ended(child)).toEqual({ code: 2, stdout: '', stderr: '' });
});

it.runIf(process.platform === 'linux')('a full disk is an error still', async () => {
  const full = await open('/dev/full', 'w');
  onTestFinished(() => full.close());
  const command = fileURLToPath(new URL('../bin/storage.mjs', import.meta.url));
  const child = spawn(process.execPath, [command, '--help'], {
    stdio: ['ignore', full.fd, 'pipe'],
  });
  const { code, stderr } = await ended(child);
  expect(code).not.toBe(0);
  expect(stderr).toContain('ENOSPC');
});
