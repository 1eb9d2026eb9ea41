import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetMember, HybridStorageProvider } from '@org/storage-hybrid';
import { LocalStorageProvider } from '@org/storage-local';
import { sqliteFleetRegistry } from '@org/storage-migration';
import { S3StorageProvider } from '@org/storage-s3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectOneSentence, setting } from './fixtures.js';

const FILES = { 'a.txt': 'one', 'photos/b.jpg': 'two', 'photos/c.jpg': 'three' };
const BESIDE = ['--stopped', '--yes'];

type Setting = Awaited<ReturnType<typeof setting>>;

/** Files that are in the bucket, and were found whole. */
async function migrated() {
  const made = await setting(FILES);
  const { storage, place } = made;
  expect(await storage.run('migrate', ...place)).toMatchObject({ code: 0 });
  expect(await storage.run('verify', ...place)).toMatchObject({ code: 0 });
  return made;
}

/** What an application sees of both. */
function applicationOf({ directory, server }: Setting): HybridStorageProvider {
  const { endpoint, region, credentials } = server;
  const storage = new HybridStorageProvider({
    source: new LocalStorageProvider({ root: directory }),
    target: new S3StorageProvider({
      ...{ bucket: 'bucket', prefix: 'files', endpoint, region, credentials },
    }),
    ...{ mode: 'hybrid', handedOver: true },
  });
  onTestFinished(() => storage.close());
  return storage;
}

const visible = async (directory: string) =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.storage'))
    .map(({ name }) => name)
    .sort();

const reportIn = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1) ?? '');

describe('storage retire and restore', () => {
  it('put the files aside, tell what they would do first, and bring them back', async () => {
    const { storage, directory, place } = await migrated();
    const dry = await storage.run('retire', ...place, '--dry-run');
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.stdout).toContain('retired: 3');
    expect(dry.stdout).toContain('A dry run: nothing was changed.');
    expect(await visible(directory)).toHaveLength(3);

    expect(await storage.run('retire', ...place, ...BESIDE)).toMatchObject({ code: 0 });
    expect(await visible(directory)).toEqual([]);
    const manifest = join(directory, '.storage', 'trash', 'manifest.jsonl');
    const lines = (await readFile(manifest, 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).key).sort()).toEqual(Object.keys(FILES));
    expect(await storage.run('verify', ...place)).toMatchObject({ code: 0 });

    const some = await storage.run('restore', ...place, ...BESIDE, '--prefix', 'photos/', '--json');
    expect(some.code).toBe(0);
    expect(reportIn(some.stdout)).toMatchObject({ outcome: 'complete', counts: { restored: 2 } });
    expect(await visible(directory)).toEqual(['b.jpg', 'c.jpg']);
  });

  it('use a directory outside as the archive, and delete only where they are told to', async () => {
    const { storage, directory, place, home } = await migrated();
    const archive = ['--archive', join(home, 'archive')];
    expect(await storage.run('retire', ...place, ...BESIDE, ...archive)).toMatchObject({ code: 0 });
    await access(join(home, 'archive', 'manifest.jsonl'));
    expect(await storage.run('restore', ...place, ...BESIDE, ...archive)).toMatchObject({
      code: 0,
    });
    expect(await visible(directory)).toHaveLength(3);
    const inside = await storage.run(
      'retire',
      ...place,
      ...BESIDE,
      '--archive',
      join(directory, 'x'),
    );
    expect(inside).toMatchObject({ code: 2 });
    expect(inside.stderr).toContain('lies in the directory that is migrated');
    await storage.run('verify', ...place);
    expect(await storage.run('retire', ...place, ...BESIDE, '--delete')).toMatchObject({ code: 0 });
    expect(await visible(directory)).toEqual([]);
    expect(await readdir(join(directory, '.storage'))).not.toContain('trash');
  });

  it('leave what was changed or not verified, and say so', async () => {
    const { storage, directory, place } = await migrated();
    await writeFile(join(directory, 'a.txt'), 'changed');
    const strict = await storage.run('retire', ...place, ...BESIDE, '--verified-by', 'content');
    expect(strict).toMatchObject({ code: 1 });
    expect(strict.stdout).toContain('not verified yet, and left (storage verify): 3');
    const retired = await storage.run('retire', ...place, ...BESIDE);
    expect(retired).toMatchObject({ code: 1 });
    expect(retired.stderr).toMatch(/^changed +a\.txt: something has written to it/m);
    expect(await visible(directory)).toEqual(['a.txt']);
    const problems = await storage.run('status', ...place, '--problems');
    expect(problems.stdout).toMatch(/^changed +a\.txt: it was not retired/m);
  });
});

describe('what changes files', () => {
  it('asks: off a terminal it takes --yes, and whether the application runs', async () => {
    const { storage, server, directory, place } = await migrated();
    for (const command of ['retire', 'restore', 'sweep', 'clean'] as const) {
      const unasked = await storage.run(command, ...place);
      expect(unasked).toMatchObject({ code: 2 });
      expectOneSentence(unasked, server, /give --yes, or --dry-run/);
    }
    const unknown = await storage.run('retire', ...place, '--yes');
    expect(unknown).toMatchObject({ code: 2 });
    expectOneSentence(unknown, server, /--fleet.*--stopped/);
    expect(await visible(directory)).toHaveLength(3);
  });

  it('is refused while a process of the application is in the way', async () => {
    const made = await migrated();
    const file = join(made.home, 'fleet.sqlite');
    const registry = sqliteFleetRegistry(file);
    onTestFinished(() => registry.close());
    const member = new FleetMember({ registry });
    expect(await member.enter('prepare')).toBeUndefined();
    await member.entered('prepare');
    const beside = ['--fleet', `sqlite:${file}`, '--yes'];
    for (const command of ['retire', 'restore', 'sweep'] as const) {
      const refused = await made.storage.run(command, ...made.place, ...beside);
      expect(refused).toMatchObject({ code: 3 });
      expectOneSentence(refused, made.server, /is in the stage "prepare"/);
    }
    await member.leave();
    expect(await made.storage.run('retire', ...made.place, ...beside)).toMatchObject({ code: 0 });
  });

  it('has help that teaches', async () => {
    const { storage } = await setting({});
    for (const command of ['verify', 'retire', 'restore', 'revert', 'sweep', 'clean']) {
      const { code, stdout } = await storage.run(command, '--help');
      expect(code).toBe(0);
      for (const section of ['Examples:', 'Exit codes:', 'Next:'])
        expect(stdout).toContain(section);
    }
  });
});

describe('storage revert', () => {
  it('takes back what a run has copied, but for what the application has written since', async () => {
    const made = await migrated();
    const { storage, directory, place, server } = made;
    const migrating = await storage.run('migrate', ...place, '--json');
    await storage.run('retire', ...place, ...BESIDE);
    await applicationOf(made).upload('a.txt', 'newer');
    const wrong = await storage.run('revert', ...place, ...BESIDE, '--run', 'x');
    expect(wrong).toMatchObject({ code: 2 });
    expectOneSentence(wrong, server, /no run x .*the last one is/);
    expect(reportIn(migrating.stdout).runId).toEqual(expect.any(String));
    const [run] = /run ([0-9a-f-]{36})/.exec(await firstRun(made)) ?? [];
    const id = run?.slice(4) ?? '';
    const reverted = await storage.run('revert', ...place, ...BESIDE, '--run', id);
    expect(reverted).toMatchObject({ code: 0 });
    expect(reverted.stdout).toContain('taken back: 2');
    expect(await visible(directory)).toEqual(['b.jpg', 'c.jpg']);
  });
});

/** The id of the run that has copied the files, as a sentence. */
async function firstRun({ place, home }: Setting): Promise<string> {
  const { openSqliteJournal } = await import('@org/storage-migration');
  const states = join(home, 'state', 'storage');
  const [name = ''] = (await readdir(states)).filter((file) => file.endsWith('.sqlite'));
  const journal = await openSqliteJournal({ file: join(states, name), access: 'look' });
  const runs = (await journal.runs()).filter(({ kind }) => kind === 'migrate');
  await journal.close();
  return `${place[1]}: run ${runs.at(-1)?.id}`;
}

describe('storage sweep and clean', () => {
  it('remove tombstones, and what killed uploads have left', async () => {
    const made = await migrated();
    const { storage, place } = made;
    await storage.run('retire', ...place, ...BESIDE);
    await applicationOf(made).delete('a.txt');
    const dry = await storage.run('sweep', ...place, '--dry-run');
    expect(dry.stdout).toContain('removed: 1');
    const swept = await storage.run('sweep', ...place, ...BESIDE, '--drain', '0');
    expect(swept).toMatchObject({ code: 0 });
    expect(swept.stdout).toContain('removed: 1');
    const again = await storage.run('sweep', ...place, ...BESIDE, '--drain', '0');
    expect(again.stdout).not.toContain('removed:');
    const cleaned = await storage.run(
      'clean',
      ...place,
      '--yes',
      '--archives-older',
      '0',
      '--json',
    );
    expect(cleaned.code).toBe(0);
    expect(reportIn(cleaned.stdout)).toMatchObject({ purged: 3 });
  });
});

describe('storage verify', () => {
  it('reads a sample back, and the same one again', async () => {
    const { storage, place } = await migrated();
    const one = await storage.run('verify', ...place, '--sample', '2');
    expect(one).toMatchObject({ code: 0 });
    expect(one.stdout).toContain('whole in the target: 2 (2 read back)');
    const [, seed = ''] = /--seed (\d+)/.exec(one.stdout) ?? [];
    const json = ['--json', '--sample', '2', '--seed', seed];
    const keysOf = async () => {
      const { stdout } = await storage.run('verify', ...place, ...json);
      const events = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      return events
        .filter(({ type }) => type === 'verified')
        .map(({ key }) => key)
        .sort();
    };
    expect(await keysOf()).toEqual(await keysOf());
    expect(await storage.run('verify', ...place, '--sample', '2', '--full')).toMatchObject({
      code: 2,
    });
    expect(await storage.run('verify', ...place, '--sample', '0')).toMatchObject({ code: 2 });
  });

  it('takes what the application has done since for no fault, where it is told of one', async () => {
    const made = await migrated();
    const application = applicationOf(made);
    await application.upload('a.txt', 'newer');
    await application.delete('photos/b.jpg');
    const { storage, place } = made;
    expect(await storage.run('verify', ...place)).toMatchObject({ code: 1 });
    const live = await storage.run('verify', ...place, '--live');
    expect(live).toMatchObject({ code: 0 });
    expect(live.stdout).toContain('overwritten by the application: 1');
  });
});
