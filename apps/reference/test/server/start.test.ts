import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startError } from '../../src/server/start-error.js';

let directory: string;
let other: Server | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reference-start-'));
  await mkdir(join(directory, 'scratch'));
  await mkdir(join(directory, 'files'));
  await writeFile(
    join(directory, 'storage.json'),
    JSON.stringify({ storages: { files: { provider: 'local', root: join(directory, 'files') } } }),
  );
  await chmod(directory, 0o755);
});

afterEach(async () => {
  other?.close();
  other = undefined;
  await rm(directory, { recursive: true, force: true });
});

async function takenPort(): Promise<string> {
  other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  return String(typeof address === 'object' ? address?.port : '');
}

interface Start {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Blocks of 512 bytes or 1 KiB that a file may have: what happens then is what happens on a full disk. */
  readonly fileBlocks?: number;
  /** Who may not write where others do: root may everywhere. */
  readonly nobody?: boolean;
}

/** @returns Exit code and error output, without warnings. */
async function started(program: string, { args = [], env = {}, fileBlocks, nobody }: Start) {
  const file = fileURLToPath(new URL(`../../dist/${program}`, import.meta.url));
  const limit = fileBlocks === undefined ? '' : `ulimit -f ${fileBlocks}; `;
  const asNobody = nobody === true && process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const script = `${limit}exec "$0" "$@"`;
  const child: ChildProcess = spawn('sh', ['-c', script, process.execPath, file, ...args], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      TMPDIR: join(directory, 'scratch'),
      STORAGE_CONFIG: join(directory, 'storage.json'),
      NODE_ENV: '',
      NODE_NO_WARNINGS: '1',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      ...env,
    },
    ...asNobody,
  });
  const exit = once(child, 'exit');
  const told = child.stderr === null ? '' : await text(child.stderr);
  const [code] = await exit;
  return { code, told };
}

const left = () => readdir(join(directory, 'scratch'));

describe('npm start', () => {
  const demo = (start: Start) =>
    started('main.js', { ...start, args: ['--once', '--files', '20', ...(start.args ?? [])] });

  it('tells of a port that is in use, and leaves nothing', async () => {
    const port = await takenPort();
    for (const start of [{ args: ['--port', port] }, { env: { PORT: port } }]) {
      const { code, told } = await demo(start);
      expect([code, told]).toEqual([1, expect.stringContaining(`127.0.0.1:${port}\nAnother`)]);
      expect(await left()).toEqual([]);
    }
  });

  it('tells that no more can be written, and leaves nothing', async () => {
    const { code, told } = await demo({ fileBlocks: 8 });
    expect(code).toBe(1);
    expect(told).toMatch(/\n(The disk|No larger file may be written)/);
    expect(await left()).toEqual([]);
  });

  it('tells of a directory that can’t be written, or is none', async () => {
    await chmod(join(directory, 'scratch'), 0o555);
    const { code, told } = await demo({ nobody: true });
    expect([code, told]).toEqual([1, expect.stringMatching(/scratch.*\nThis user may not/)]);
    const missing = await demo({ env: { TMPDIR: join(directory, 'none') } });
    expect(missing).toMatchObject({ code: 1, told: expect.stringContaining('no such directory:') });
  });
});

describe('the application for itself', () => {
  const server = (start: Start) =>
    started('server.js', {
      ...start,
      env: { DATABASE_URL: `sqlite:${join(directory, 'app.sqlite')}`, PORT: '0', ...start.env },
    });

  it('tells of a port that is in use', async () => {
    const PORT = await takenPort();
    const { code, told } = await server({ env: { PORT } });
    expect([code, told]).toEqual([1, expect.stringContaining(`127.0.0.1:${PORT}\nAnother`)]);
    expect(told).not.toContain('    at ');
  });

  it('tells of a database that can’t be written: no room, no permission, no directory', async () => {
    const full = await server({ fileBlocks: 8 });
    expect(full).toMatchObject({ code: 1, told: expect.stringMatching(/\nThe d(isk|atabase)/) });
    await chmod(directory, 0o555);
    const forbidden = await server({
      nobody: true,
      env: { DATABASE_URL: `sqlite:${join(directory, 'b.sqlite')}` },
    });
    expect(forbidden).toMatchObject({
      code: 1,
      told: expect.stringContaining('its directory has'),
    });
    const missing = await server({
      env: { DATABASE_URL: `sqlite:${join(directory, 'none', 'c.sqlite')}` },
    });
    expect(missing).toMatchObject({ code: 1, told: expect.stringContaining('its directory has') });
    for (const { told } of [full, forbidden, missing]) expect(told).not.toContain('    at ');
  });
});

describe('why a program did not start', () => {
  it('is told with what to do, also where the system’s word is the cause', () => {
    const system = (code: string) => Object.assign(new Error(`${code}: it`), { code });
    expect(startError(system('ENOSPC'))).toMatch(/^ENOSPC: it\nThe disk is full/);
    expect(startError(system('SQLITE_IOERR_WRITE'))).toMatch(/\nThe disk of the database/);
    const wrapped = new Error('files/a was not written', { cause: system('EROFS') });
    expect(startError(wrapped)).toMatch(/^files\/a was not written\nThe file system is read-only/);
    expect(startError(system('EOTHER'))).toBe('EOTHER: it');
    expect(startError('text')).toBe('text');
  });
});
