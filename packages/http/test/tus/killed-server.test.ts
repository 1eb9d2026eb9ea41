import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStorageProvider } from '@org/storage-local';
import { Upload } from 'tus-js-client';
import { expect, it, onTestFinished } from 'vitest';
import { bundledModule } from '../../../testkit/test/bundled-module.js';

const MIB = 1024 ** 2;
const SIZE = 150 * MIB;
/** Bytes of Node with the server, its heap, and chunks that are not collected yet. */
const PEAK = 140 * MIB;

const bundle = bundledModule(new URL('server-process.ts', import.meta.url), 'http');

async function start(root: string, port: number): Promise<{ child: ChildProcess; port: number }> {
  const code = `
    import { serveTus } from ${JSON.stringify(bundle.url.href)};
    serveTus(${JSON.stringify(root)}, ${port});`;
  const child = spawn(
    process.execPath,
    ['--max-old-space-size=48', '--input-type=module', '--eval', code],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const [address] = await once(child.stdout, 'data');
  return { child, port: JSON.parse(String(address)).port };
}

it('an upload of 150 MiB goes on where it was when its server was killed', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tus-killed-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const first = await start(root, 0);
  const content = randomBytes(SIZE);
  let second: Promise<unknown> | undefined;
  const resumedAt: number[] = [];
  const upload = new Promise<void>((resolve, reject) => {
    new Upload(content, {
      endpoint: `http://127.0.0.1:${first.port}/tus`,
      retryDelays: Array.from({ length: 100 }, () => 100),
      onProgress: (sent) => {
        if (sent < SIZE / 2 || second !== undefined) return;
        first.child.kill('SIGKILL');
        second = once(first.child, 'exit').then(() => start(root, first.port));
      },
      onAfterResponse: (request, response) => {
        const offset = Number(response.getHeader('upload-offset') ?? 0);
        if (request.getMethod() === 'HEAD') resumedAt.push(offset);
      },
      onSuccess: () => resolve(),
      onError: reject,
    }).start();
  });
  await upload;
  await second;
  expect(resumedAt[0]).toBeGreaterThan(0);
  expect(resumedAt[0]).toBeLessThan(SIZE);
  const storage = new LocalStorageProvider({ root });
  onTestFinished(() => storage.close());
  const { checksums } = await storage.stat('files/film');
  expect(checksums.sha256).toBe(createHash('sha256').update(content).digest('hex'));
  const peak = await fetch(`http://127.0.0.1:${first.port}/peak`);
  const bytes = Number(await peak.text());
  expect(bytes).toBeGreaterThan(0);
  expect(bytes).toBeLessThan(PEAK);
});
