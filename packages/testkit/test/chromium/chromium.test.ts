import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { chromium } from '../../src/chromium/index.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'chromium-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true, force: true });
});

test('the Chromium of the system is taken, of those that can be run', async () => {
  const program = join(directory, 'google-chrome');
  await writeFile(join(directory, 'chromium'), 'no program');
  await writeFile(program, '');
  await chmod(program, 0o755);
  vi.stubEnv('PATH', directory);
  const { executablePath, args, env } = await chromium();
  expect(executablePath).toBe(program);
  expect(args).toContain('--no-sandbox');
  expect(env['PATH']).toBe(directory);
});

test('one that is named is taken before it', async () => {
  vi.stubEnv('STORAGE_CHROMIUM', '/opt/chromium/chrome');
  expect((await chromium()).executablePath).toBe('/opt/chromium/chrome');
});
