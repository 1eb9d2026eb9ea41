import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { setting } from './fixtures.js';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
const command = fileURLToPath(new URL('../bin/storage.mjs', import.meta.url));

it.skipIf(process.platform !== 'linux')(
  'a file of 6 GiB goes through 256 MiB of heap and 400 MiB of memory',
  async () => {
    const { server, directory, home } = await setting({});
    await mkdir(directory, { recursive: true });
    const file = await open(join(directory, 'large.bin'), 'w');
    await file.truncate(6 * GIB);
    for (let at = 0; at < 6 * GIB; at += 100 * MIB) await file.write(`mark ${at}`, at);
    await file.close();

    const child = spawn(
      process.execPath,
      [
        '--max-old-space-size=256',
        command,
        'migrate',
        directory,
        's3://bucket',
        '--endpoint',
        server.endpoint,
      ],
      {
        stdio: 'inherit',
        env: {
          PATH: process.env['PATH'],
          HOME: home,
          AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
        },
      },
    );
    let peak = 0;
    const timer = setInterval(async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024);
    }, 200);
    const [code] = await once(child, 'exit');
    clearInterval(timer);
    console.log(`peak of resident memory: ${(peak / MIB).toFixed(0)} MiB`);
    expect(code).toBe(0);
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(400 * MIB);
    expect(server.openMultipartUploads('bucket')).toEqual([]);
  },
);
