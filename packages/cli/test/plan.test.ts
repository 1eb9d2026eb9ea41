import { chmod, mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ended, setting, writeFiles } from './fixtures.js';

const FILES = {
  'a.txt': 'one',
  'photos/1.jpg': Buffer.alloc(100_000, 7),
  'photos/Übersicht 日本 (1).jpg': 'two',
  empty: '',
};

const OLD = new Date('2020-01-01');

const OWN_PRICES = {
  ...{ version: 1, provider: 'Own', region: 'cellar', currency: 'EUR', date: '2026-02-03' },
  ...{ sources: ['https://example.org'], transferIn: 0, transferOut: [{ price: 0 }] },
  classes: { STANDARD: { storage: [{ price: 1 }], put: 1000, get: 0 } },
};

async function agedSetting(files: Readonly<Record<string, string | Buffer>> = FILES) {
  const found = await setting(files);
  for (const name of Object.keys(files)) await utimes(join(found.directory, name), OLD, OLD);
  return found;
}

const unixOnly = it.skipIf(process.platform === 'win32');

describe('storage plan', () => {
  it('reports what there is, and sends nothing', async () => {
    const { storage, server, place, directory } = await agedSetting();
    const before = await readdir(directory, { recursive: true });
    server.requests.reset();
    const { code, stdout, stderr } = await storage.run(
      'plan',
      ...place,
      '--window',
      '4h',
      '--window',
      '22:00-05:30',
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('4 files, 97.7 KiB, in 1 directory');
    expect(stdout).toMatch(/^ +image\/jpeg +2 +97\.7 KiB +100 % +█+$/m);
    expect(stdout).toMatch(/^ +none found$/m);
    expect(stdout).toMatch(/^ +at 4 h a night +1 night\n +at 7\.5 h a night +1 night$/m);
    expect(stdout).toContain('Not estimated: the prices of 127.0.0.1');
    expect(stdout).toContain(`storage plan ${place.join(' ')} --measure target`);
    expect(stdout).toContain(`storage migrate ${place.join(' ')}`);
    expect(stdout).not.toContain('\u001b');
    expect(
      stdout.split('\n').filter((line) => line.length > 80 && !line.includes('storage ')),
    ).toEqual([]);
    expect(server.requests.count()).toBe(0);
    expect(await readdir(directory, { recursive: true })).toEqual(before);
  });

  unixOnly('exits with 1 as long as something is blocking, and says what to do', async () => {
    const { storage, directory, place } = await agedSetting();
    await symlink('a.txt', join(directory, 'link\u001b[2J'));
    const blocked = await storage.run('plan', ...place);
    expect(blocked.code).toBe(1);
    expect(blocked.stdout).toMatch(/^ {2}blocking {2}1 symbolic link$/m);
    expect(blocked.stdout).toContain('link\\x1b[2J: a symbolic link to a.txt');
    expect(blocked.stdout).toMatch(/^ {2}storage plan .* --accept link$/m);
    const accepted = await storage.run('plan', ...place, '--accept', 'link');
    expect(accepted.code).toBe(0);
    expect(accepted.stdout).toMatch(/^ {2}accepted {2}1 symbolic link$/m);
    expect(accepted.stdout).toMatch(/^ {2}storage migrate .* --accept link$/m);
  });

  it('writes one line of JSON', async () => {
    const { storage, directory, place } = await agedSetting();
    const { code, stdout } = await storage.run('plan', ...place, '--json', '--types');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'plan',
      version: 1,
      source: directory,
      target: expect.stringMatching(/^s3:\/\/bucket\/files\/ at http/),
      outcome: 'ready',
      inventory: { files: 4, bytes: 100_006, directories: 1 },
      problems: [],
      checked: { opened: true, collisions: true, types: 3, target: false },
      time: { measured: 'source', sample: { files: 4, bytes: 100_006 } },
      noPrices: expect.stringContaining('--prices'),
    });
  });

  it('sends a sample where it is told to, and removes it', async () => {
    const { storage, server, place } = await agedSetting();
    const { code, stdout } = await storage.run('plan', ...place, '--measure', 'target', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      checked: { target: true },
      time: {
        ...{ measured: 'target', sample: { files: 4 } },
        verification: { checksum: { likely: expect.any(Number) }, content: {} },
      },
    });
    const sent = server.requests
      .last()
      .filter(
        ({ key, operation }) =>
          operation === 'PutObject' && key?.startsWith('files/.storage/plan-'),
      );
    expect(sent).toHaveLength(4);
    const status = await storage.run('plan', ...place, '--measure', 'target');
    expect(status.stdout).toContain('that was sent and removed again');
    expect(status.stdout).not.toContain('--measure target');
  });

  it('removes the sample when it is interrupted', async () => {
    const files: Record<string, string> = {};
    for (let i = 0; i < 200; i++) files[`f${i}`] = `content ${i}`;
    const { storage, server, place } = await agedSetting(files);
    server.faults.add({ type: 'delay', milliseconds: 200, operation: 'PutObject', key: /plan-/ });
    const child = storage.start('plan', ...place, '--measure', 'target');
    const end = ended(child);
    await expect.poll(() => sampled(server)).toBeGreaterThan(0);
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect(stderr).toContain('what is in the bucket is removed');
    expect(code).toBe(130);
    const removed = server.requests.last().filter(({ operation }) => operation === 'DeleteObject');
    const keys = new Set(removed.map(({ key }) => key));
    const puts = server.requests.last().filter(({ key }) => key?.includes('/plan-'));
    expect(puts.every(({ key }) => keys.has(key))).toBe(true);
  });

  it('refuses a bucket that ignores preconditions, when it tries it', async () => {
    const { storage, server, place } = await agedSetting();
    server.faults.add({ type: 'ignore-preconditions' });
    expect(await storage.run('plan', ...place, '--measure', 'target')).toMatchObject({ code: 3 });
    expect(await storage.run('plan', ...place)).toMatchObject({ code: 0 });
  });

  it('estimates costs by the region, or by prices of one’s own', async () => {
    const { storage, home, directory } = await agedSetting();
    const plan = (...args: string[]) => storage.run('plan', directory, 's3://bucket', ...args);
    const known = await plan('--region', 'eu-central-1');
    expect(known.stdout).toMatch(/^ +STANDARD_IA( +< \$0\.01){5}$/m);
    expect(known.stdout).toMatch(/Amazon S3, eu-central-1, prices of \d{4}-\d\d-\d\d\./);
    const file = join(home, 'prices.json');
    await writeFile(file, JSON.stringify(OWN_PRICES));
    const own = await plan('--prices', file);
    expect(own.stdout).toMatch(/^ +STANDARD +€4\.00 +€0\.00/m);
    expect(own.stdout).toContain('Own, cellar, prices of 2026-02-03.');
  });

  it('writes every problem into a new file outside the directory', async () => {
    const { storage, home, directory } = await agedSetting();
    for (let i = 0; i < 8; i++)
      await writeFiles(directory, { [`UPPER/${i}`]: 'x', [`upper/${i}`]: 'x' });
    const file = join(home, 'problems.jsonl');
    const found = await storage.run('plan', directory, '--problems', file, '--examples', '2');
    expect(found.code).toBe(0);
    expect(found.stdout).toContain('… and 6 more');
    const problems = (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(problems.filter(({ kind }) => kind === 'same-but-case')).toHaveLength(8);
    const again = await storage.run('plan', directory, '--problems', file);
    expect(again).toMatchObject({ code: 2 });
    expect(again.stderr).toContain('exists already');
    const inside = await storage.run('plan', directory, '--problems', join(directory, 'p'));
    expect(inside).toMatchObject({ code: 2 });
    expect(inside.stderr).toContain('put it somewhere else');
  });

  it('compares bytes with names', async () => {
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1]);
    const { storage, directory } = await agedSetting({
      'a.png': jpeg,
      'b.jpg': jpeg,
      'c.txt': 'text',
    });
    const { stdout } = await storage.run('plan', directory, '--types', '--quick');
    expect(stdout).toContain('a.png: its bytes are image/jpeg, its name says image/png');
    expect(stdout).toContain('1 file of the sample whose bytes');
    expect(stdout).toContain('Files were not opened');
  });

  it.skipIf(process.getuid?.() !== 0)('finds what can’t be opened', async () => {
    const { storage, directory, home } = await agedSetting({ 'a.txt': 'one', secret: 'x' });
    await mkdir(join(directory, 'locked'));
    await chmod(join(directory, 'locked'), 0o700);
    await chmod(join(directory, 'secret'), 0o600);
    await chmod(home, 0o755);
    storage.uid = 65534; // root can read everything; the command runs as nobody
    const found = await storage.spawned('plan', directory);
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(
      /blocking {2}1 directory or file that can’t be looked at\n +locked: /,
    );
    expect(found.stdout).toMatch(/blocking {2}1 file that can’t be opened\n +secret: /);
    expect(found.stdout).toContain('this machine’s clock');
  });

  it.each([
    [['plan'], /name the migration/],
    [['plan', '/does/not/exist'], /there is no directory/],
    [['plan', '.', 'http://bucket'], /is not an S3 address/],
    [['plan', '.', '--measure', 'target'], /to measure the target there must be one/],
    [['plan', '.', '--window', '30h'], /up to a day/],
    [['plan', '.', '--accept', 'everything'], /Kinds are/],
  ])('refuses %j', async (args, message) => {
    const { storage } = await setting({});
    const refused = await storage.run(...args);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(message);
  });
});

function sampled(server: Awaited<ReturnType<typeof setting>>['server']): number {
  return server.requests.last().filter(({ key }) => key?.includes('/plan-')).length;
}
