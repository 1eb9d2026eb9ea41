import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { bundledModule } from '../../testkit/test/bundled-module.js';
import { MIB, someKey, useServer } from './store.js';

const setup = useServer();
const bundle = bundledModule(new URL('../src/index.ts', import.meta.url), 's3');

const SIZE = 512 * MIB;
const PART_SIZE = 8 * MIB;
const CONCURRENCY = 4;
/** Bytes of Node with the SDK, its heap, and chunks that are not collected yet. */
const BASE = 120 * MIB;

/** Uploads a stream of unknown length in a process of its own, and gives the peak of its resident memory in bytes. */
async function peakOfUpload(key: string): Promise<number> {
  const { endpoint, region, credentials } = setup.server;
  const options = {
    ...{ bucket: setup.bucket, endpoint, region, credentials, server: 'aws' },
    ...{ partSize: PART_SIZE, concurrency: CONCURRENCY },
  };
  const code = `
    import { Readable } from 'node:stream';
    import { S3StorageProvider } from ${JSON.stringify(bundle.url.href)};
    const chunks = function* () {
      for (let at = 0; at < ${SIZE}; at += 65_536) yield Buffer.alloc(65_536, at / 65_536);
    };
    const storage = new S3StorageProvider(${JSON.stringify(options)});
    await storage.upload(${JSON.stringify(key)}, Readable.from(chunks(), { objectMode: false }));
    await storage.close();
    console.log(process.resourceUsage().maxRSS * 1024);`;
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--max-old-space-size=64', '--input-type=module', '--eval', code],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const [status] = await once(child, 'close');
  expect(status).toBe(0);
  return Number(printed);
}

test('a stream of 512 MiB goes through the memory of a few parts', async () => {
  const key = someKey();
  const peak = await peakOfUpload(key);
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThan(BASE + (CONCURRENCY + 1) * PART_SIZE);
  expect((await setup.storage().stat(key)).size).toBe(SIZE);
});
