import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { setting } from './fixtures.js';

const FILES = {
  'a.txt': 'one',
  empty: '',
  'photos/Übersicht 日本 (1).jpg': 'two',
  'photos/😀+%20.bin': Buffer.alloc(100_000, 7),
};

const unixOnly = it.skipIf(process.platform === 'win32'); // Windows has neither such names nor sockets in directories

describe('storage migrate', () => {
  it('copies a directory, verifies it, tells where it stands, and copies nothing twice', async () => {
    const { storage, server, place } = await setting(FILES);
    const migrated = await storage.run('migrate', ...place);
    expect(migrated).toMatchObject({ code: 0 });
    expect(migrated.stdout).toContain('copied: 4 files');
    expect(migrated.stderr).toMatch(/^journal: .*\.sqlite$/m);
    const verified = await storage.run('verify', ...place);
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.stdout).toContain('whole in the target: 4 (0 read back)');
    const full = await storage.run('verify', ...place, '--full');
    expect(full.stdout).toContain('whole in the target: 4 (4 read back)');
    const status = await storage.run('status', ...place);
    expect(status).toMatchObject({ code: 0 });
    expect(status.stdout).toContain('verified ok: 4');
    const copied = () =>
      server.requests
        .last()
        .filter(({ key }) => key?.startsWith('files/') && !key.includes('.storage'));
    server.requests.reset();
    expect(await storage.run('migrate', ...place)).toMatchObject({ code: 0 });
    expect(copied()).toEqual([]);
  });

  it('writes its events as JSON lines, the report last', async () => {
    const { storage, place } = await setting(FILES);
    const { code, stdout } = await storage.run('migrate', ...place, '--json');
    expect(code).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(
      events
        .filter(({ type }) => type === 'file')
        .map(({ key }) => key)
        .sort(),
    ).toEqual(Object.keys(FILES).sort());
    expect(events.at(-1)).toMatchObject({ type: 'report', outcome: 'complete', unresolved: 0 });
  });

  unixOnly('reports links, sockets and names that are not UTF-8, one by one', async () => {
    const { storage, directory, place } = await setting({ 'a.txt': 'one' });
    await symlink('a.txt', join(directory, 'link'));
    await writeFile(
      Buffer.concat([Buffer.from(`${directory}/caf`), Buffer.from([0xe9])]),
      'latin 1',
    );
    const socket = createServer().listen(join(directory, 'socket'));
    onTestFinished(() => void socket.close());
    const migrated = await storage.run('migrate', ...place);
    expect(migrated.code).toBe(1);
    expect(migrated.stderr).toMatch(/^skipped +link: /m);
    expect(migrated.stderr).toMatch(/^skipped +socket: /m);
    expect(migrated.stderr).toMatch(/^skipped +caf\\xe9: /im);
    expect(migrated.stdout).toContain('copied: 1 file,');
    const problems = await storage.run('status', ...place, '--problems');
    expect(problems.stdout).toMatch(/^link +link: .*\n(.*\n)*special +socket: /m);
    const accepting = ['--accept', 'link,special,invalid-name'];
    expect(await storage.run('migrate', ...place, ...accepting)).toMatchObject({ code: 0 });
  });

  it.skipIf(process.getuid?.() !== 0)(
    'reports a directory and a file that can’t be read',
    async () => {
      // As root everything can be read; the command runs as nobody.
      const { storage, directory, place, home } = await setting({ 'a.txt': 'one' });
      const { chmod, chown } = await import('node:fs/promises');
      await mkdir(join(directory, 'locked'));
      await writeFile(join(directory, 'locked', 'inside'), 'x');
      await writeFile(join(directory, 'secret'), 'x');
      await chmod(join(directory, 'locked'), 0o700);
      await chmod(join(directory, 'secret'), 0o600);
      await chmod(home, 0o755);
      await mkdir(join(home, 'state'));
      await chown(join(home, 'state'), 65534, 65534);
      storage.uid = 65534;
      const migrated = await storage.spawned('migrate', ...place);
      expect(migrated.code).toBe(1);
      expect(migrated.stderr).toMatch(/^skipped +locked: /m);
      expect(migrated.stderr).toMatch(/^failed +secret: /m);
      expect(migrated.stdout).toContain('copied: 1 file,');
    },
  );

  it('leaves alone what the bucket has, and says so', async () => {
    const { storage, directory, place } = await setting({ 'a.txt': 'one' });
    await storage.run('migrate', ...place);
    await writeFile(join(directory, 'a.txt'), 'two');
    const again = await storage.run('migrate', ...place);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/^conflict +a\.txt: /m);
    expect(await storage.run('verify', ...place)).toMatchObject({ code: 1 });
  });
});

describe('storage verify', () => {
  it('finds a copy that was lost or spoilt', async () => {
    const { storage, server, place } = await setting(FILES);
    await storage.run('migrate', ...place);
    server.faults.add({ type: 'error', code: 'NoSuchKey', status: 404, key: 'files/empty' });
    server.faults.add({ type: 'corrupt', offset: 0, operation: 'GetObject', key: 'files/a.txt' });
    const verified = await storage.run('verify', ...place, '--full');
    expect(verified.code).toBe(1);
    expect(verified.stderr).toMatch(/^missing +empty: /m);
    expect(verified.stderr).toMatch(/^different +a\.txt: /m);
  });

  it('needs a journal', async () => {
    const { storage, place } = await setting(FILES);
    const verified = await storage.run('verify', ...place);
    expect(verified.code).toBe(2);
    expect(verified.stderr).toMatch(/there is no journal .*: run storage migrate first/);
  });
});
