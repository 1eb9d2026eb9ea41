import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { DebianStartError, startCeph } from '../../src/ceph/index.js';
import './provided.js';

const server = inject('ceph');

/** The command lines of running daemons whose configuration is below a folder. */
async function daemonsBelow(directory: string): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const lines = await Promise.all(processes.map(read));
  return lines.filter((line) => line.includes(`\0-c\0${directory}/`));
}

// these start clusters of their own, which needs what the provided one did
describe.skipIf(server === null || server.version === null)('a cluster', () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lt-'));
    await build({
      ...{ entry: { ceph: fileURLToPath(new URL('../../src/ceph/index.ts', import.meta.url)) } },
      ...{ outDir: join(directory, 'built'), format: 'esm', config: false, silent: true },
      outExtension: () => ({ js: '.mjs' }),
    });
  });

  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** A temporary folder in which the clusters that the test starts keep their data. */
  async function ownTemporaryFolder(name: string): Promise<string> {
    const folder = join(directory, name);
    await mkdir(folder);
    return folder;
  }

  async function startInChild(folder: string): Promise<ChildProcess> {
    const module = JSON.stringify(join(directory, 'built', 'ceph.mjs'));
    const script = `
      const { startCeph } = await import(${module});
      const ceph = await startCeph();
      console.log(ceph.endpoint);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: folder },
    });
    const [endpoint] = await once(createInterface(child.stdout), 'line');
    expect((await fetch(String(endpoint))).status).toBe(200);
    return child;
  }

  test('is gone, with its data, after its process was killed', async () => {
    const folder = await ownTemporaryFolder('killed');
    const child = await startInChild(folder);
    expect(await daemonsBelow(folder)).toHaveLength(3);
    expect(await readdir(folder)).toHaveLength(1);
    child.kill('SIGKILL');
    await vi.waitFor(
      async () => {
        expect(await daemonsBelow(folder)).toEqual([]);
        expect(await readdir(folder)).toEqual([]);
      },
      { timeout: 10_000, interval: 50 },
    );
  });

  test('is gone after a stop, and others run beside it', async () => {
    const folder = await ownTemporaryFolder('stopped');
    vi.stubEnv('TMPDIR', folder);
    try {
      const [one, two] = await Promise.all([startCeph(), startCeph()]);
      expect(await daemonsBelow(folder)).toHaveLength(6);
      await one.stop();
      await one.stop();
      await expect(fetch(one.endpoint)).rejects.toThrow();
      expect((await fetch(two.endpoint)).status).toBe(200);
      await two[Symbol.asyncDispose]();
      expect(await daemonsBelow(folder)).toEqual([]);
      expect(await readdir(folder)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  // while tools set it up, while a daemon is waited for, while users are made
  test.each([50, 150, 450, 700])('leaves nothing when given up after %i ms', async (time) => {
    const folder = await ownTemporaryFolder(`aborted-${time}`);
    vi.stubEnv('TMPDIR', folder);
    try {
      const started = startCeph({ signal: AbortSignal.timeout(time) });
      await expect(started).rejects.toMatchObject({ name: 'TimeoutError' });
      expect(await daemonsBelow(folder)).toEqual([]);
      expect(await readdir(folder)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  test('does not start on a port that is taken', async () => {
    const occupant = createServer().listen(0, '127.0.0.1');
    await once(occupant, 'listening');
    const address = occupant.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      await expect(startCeph({ port })).rejects.toThrow(DebianStartError);
      await expect(startCeph({ port })).rejects.toThrow(String(port));
    } finally {
      occupant.close();
    }
  });

  test('that does not come up in time is given up', async () => {
    const started = startCeph({ startTimeout: 400 });
    await expect(started).rejects.toThrow(DebianStartError);
    await expect(started).rejects.toThrow('within 0.4 s');
  });
});
