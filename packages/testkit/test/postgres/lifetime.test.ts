import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { PostgresStartError, startPostgres } from '../../src/postgres/index.js';
import { bundledModule } from '../bundled-module.js';

/** The ids of processes that work below a folder. */
async function processesBelow(directory: string): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found: string[] = [];
  for (const id of processes) {
    const path = await readlink(`/proc/${id}/cwd`).catch(() => '');
    if (path.startsWith(`${directory}/`)) found.push(id);
  }
  return found;
}

/** The id of the shared memory of the only server below a folder. */
async function sharedMemoryOf(directory: string): Promise<string> {
  const [server] = await readdir(directory);
  const lines = (
    await readFile(join(directory, server ?? '', 'data', 'postmaster.pid'), 'utf8')
  ).split('\n');
  return lines[6]?.trim().split(/\s+/)[1] ?? '';
}

async function sharedMemories(): Promise<string[]> {
  const [, ...lines] = (await readFile('/proc/sysvipc/shm', 'utf8')).trim().split('\n');
  return lines.map((line) => line.trim().split(/\s+/)[1] ?? '');
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return Object.values((await client.query(sql)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

describe('a PostgreSQL server', () => {
  const bundle = bundledModule(new URL('../../src/postgres/index.ts', import.meta.url), 'testkit');
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pg-'));
    await chmod(directory, 0o755);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  /** A temporary folder in which the servers that the test starts keep their data. */
  async function ownTemporaryFolder(name: string): Promise<string> {
    const folder = join(directory, name);
    await mkdir(folder);
    return folder;
  }

  async function inFolder(name: string): Promise<string> {
    const folder = await ownTemporaryFolder(name);
    vi.stubEnv('TMPDIR', folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    return folder;
  }

  async function startInChild(folder: string): Promise<ChildProcess> {
    const script = `
      const { startPostgres } = await import(${JSON.stringify(bundle.url.href)});
      const { url } = await startPostgres();
      console.log(url);
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: folder },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [url] = await once(createInterface(child.stdout), 'line');
    expect(await ask(String(url), 'SELECT 1')).toBe(1);
    return child;
  }

  it('is gone, with its data and its shared memory, after its process was killed', async () => {
    const folder = await ownTemporaryFolder('killed');
    const child = await startInChild(folder);
    expect((await processesBelow(folder)).length).toBeGreaterThan(2);
    const memory = await sharedMemoryOf(folder);
    expect(await sharedMemories()).toContain(memory);
    child.kill('SIGKILL');
    await vi.waitFor(
      async () => {
        expect(await processesBelow(folder)).toEqual([]);
        expect(await readdir(folder)).toEqual([]);
      },
      { timeout: 20_000, interval: 50 },
    );
    expect(await sharedMemories()).not.toContain(memory);
  });

  it('is gone after a stop, and others run beside it', async () => {
    const folder = await inFolder('stopped');
    const [one, two] = await Promise.all([startPostgres(), startPostgres()]);
    expect(await ask(one.url, "SELECT current_setting('server_version')")).toContain(one.version);
    await Promise.all([one.stop(), one.stop()]);
    await expect(ask(one.url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await ask(two.url, 'SELECT 1')).toBe(1);
    await two[Symbol.asyncDispose]();
    expect(await processesBelow(folder)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('listens on the loopback interface only, asks for the password, and does not order texts by their bytes', async () => {
    await using server = await startPostgres({ settings: { max_connections: '7' } });
    expect(await ask(server.url, "SELECT current_setting('max_connections')")).toBe('7');
    expect(await ask(server.url, "SELECT current_setting('listen_addresses')")).toBe('127.0.0.1');
    expect(await ask(server.url, "SELECT current_setting('unix_socket_directories')")).toBe('');
    const wrong = server.url.replace(server.password, 'wrong');
    await expect(ask(wrong, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(await ask(server.url, "SELECT 'a' < 'B'")).toBe(true);
    expect(await ask(server.url, "SELECT 'a' COLLATE \"C\" < 'B'")).toBe(false);
  });

  // while its binaries are placed, while it is set up, while it starts
  it.each([1, 200, 900, 1500])('leaves nothing when given up after %i ms', async (time) => {
    const folder = await inFolder(`aborted-${time}`);
    const started = startPostgres({ signal: AbortSignal.timeout(time) });
    await started.then(
      (server) => server.stop(), // a fast machine
      (error: unknown) => expect(error).toMatchObject({ name: 'TimeoutError' }),
    );
    expect(await processesBelow(folder)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('that does not come up in time is given up', async () => {
    const folder = await inFolder('late');
    const started = startPostgres({ startTimeout: 100 });
    await expect(started).rejects.toThrow(PostgresStartError);
    await expect(started).rejects.toThrow('within 0.1 s');
    expect(await readdir(folder)).toEqual([]);
  });

  it('that does not come up says why, and leaves nothing', async () => {
    const folder = await inFolder('wrong');
    const started = startPostgres({ settings: { max_connections: 'many' } });
    await expect(started).rejects.toThrow(PostgresStartError);
    await expect(started).rejects.toThrow(/max_connections.*many/);
    expect(await readdir(folder)).toEqual([]);
  });
});
