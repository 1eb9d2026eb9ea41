import { mkdir, readdir, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { MemoryStorageProvider, StorageError } from '@org/storage-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type PlanEvent, type PlanProblem, plan } from '../../src/index.js';
import { altered, memoryWith } from '../fixtures.js';
import { directoryWith, problemsOf, quickPlan, sourceListing } from './fixtures.js';

const unixOnly = it.skipIf(process.platform === 'win32');

const DAY = 86_400_000;
const MIB = 1024 ** 2;

describe('the inventory', () => {
  it('counts files, bytes, directories, sizes, types and ages', async () => {
    const { root, source } = await directoryWith({
      'a.txt': 'one',
      'a-b/x.jpg': Buffer.alloc(5000),
      'a/empty': '',
      'a/b/c/deep.jpg': Buffer.alloc(2 * MIB),
    });
    await mkdir(join(root, 'nothing'));
    const now = new Date('2026-06-01T12:00:00Z');
    const before = (days: number) => new Date(now.getTime() - days * DAY);
    await utimes(join(root, 'a.txt'), now, before(0.5));
    await utimes(join(root, 'a-b/x.jpg'), now, before(20));
    await utimes(join(root, 'a/empty'), now, before(4000));
    await utimes(join(root, 'a/b/c/deep.jpg'), now, before(-1));
    const { inventory } = await quickPlan({ source, clock: async () => now });
    expect(inventory).toEqual({
      files: 4,
      bytes: 3 + 5000 + 2 * MIB,
      directories: 4,
      sizes: [
        { from: 0, below: 1, files: 1, bytes: 0 },
        { from: 1, below: 4096, files: 1, bytes: 3 },
        { from: 4096, below: 65_536, files: 1, bytes: 5000 },
        { from: MIB, below: 16 * MIB, files: 1, bytes: 2 * MIB },
      ],
      types: [
        { type: 'image/jpeg', files: 2, bytes: 5000 + 2 * MIB },
        { type: 'text/plain', files: 1, bytes: 3 },
        { type: 'application/octet-stream', files: 1, bytes: 0 },
      ],
      ages: [
        { withinDays: 0, files: 1, bytes: 2 * MIB },
        { withinDays: 1, files: 1, bytes: 3 },
        { withinDays: 30, files: 1, bytes: 5000 },
        { files: 1, bytes: 0 },
      ],
      largest: [
        { key: 'a/b/c/deep.jpg', size: 2 * MIB },
        { key: 'a-b/x.jpg', size: 5000 },
        { key: 'a.txt', size: 3 },
        { key: 'a/empty', size: 0 },
      ],
    });
  });

  it('names the ten largest', async () => {
    const files = Array.from({ length: 50 }, (_, i) => ({ key: `f${i}`, size: (i * 7) % 50 }));
    const { inventory } = await quickPlan({ source: await sourceListing(files) });
    expect(inventory.largest.map(({ size }) => size)).toEqual([
      49, 48, 47, 46, 45, 44, 43, 42, 41, 40,
    ]);
  });

  it('of an empty source is nothing, and takes no time', async () => {
    const found = await plan({ source: new MemoryStorageProvider() });
    expect(found).toMatchObject({ outcome: 'ready', inventory: { files: 0, directories: 0 } });
    expect(found.time).toBeUndefined();
  });
});

describe('problems', () => {
  unixOnly('links, sockets and names that are no keys are blocking, unless accepted', async () => {
    const { root, source } = await directoryWith({ 'a.txt': 'one' });
    await symlink('a.txt', join(root, 'link'));
    await writeFile(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]), 'latin 1');
    const socket = createServer().listen(join(root, 'socket'));
    onTestFinished(() => void socket.close());
    const found = await quickPlan({ source });
    expect(problemsOf(found)).toMatchObject({ link: 1, special: 1, 'invalid-name': 1 });
    expect(found.outcome).toBe('incomplete');
    const some = await quickPlan({ source, accept: ['link', 'special'] });
    expect(some.outcome).toBe('incomplete');
    const all = await quickPlan({ source, accept: ['link', 'special', 'invalid-name'] });
    expect(all.outcome).toBe('ready');
    expect(all.problems.find(({ kind }) => kind === 'link')).toMatchObject({
      blocking: true,
      accepted: true,
      examples: [{ path: 'link', detail: 'a symbolic link to a.txt' }],
    });
  });

  it('a key counts with the prefix of the target', async () => {
    const files = [{ key: 'k'.repeat(1000), size: 1 }];
    const source = await sourceListing(files);
    expect(problemsOf(await quickPlan({ source, prefix: 'p'.repeat(24) }))).toEqual({});
    const found = await quickPlan({ source, prefix: `${'ü'.repeat(12)}p` });
    expect(problemsOf(found)).toEqual({ 'long-key': 1 });
    expect(found.problems[0]?.examples[0]?.detail).toContain('has 1025 bytes');
  });

  it('a file may be too large, or too large to be created conditionally', async () => {
    const files = [
      { key: 'a', size: 5 * 1024 ** 3 },
      { key: 'b', size: 5 * 1024 ** 3 + 1 },
      { key: 'c', size: 5 * 1024 ** 4 + 1 },
    ];
    const source = await sourceListing(files);
    const memory = new MemoryStorageProvider();
    const saying = (support: object) =>
      altered(memory, { capabilities: { ...memory.capabilities, ...support } });
    const whole = await quickPlan({ source, target: memory });
    expect(problemsOf(whole)).toEqual({ 'too-large': 1 });
    const inOne = saying({ conditionalCreateInParts: 'absent' });
    const found = await quickPlan({ source, target: inOne });
    expect(problemsOf(found)).toEqual({ 'too-large': 1, 'unconditional-parts': 1 });
    expect(found.problems.map(({ blocking }) => blocking)).toEqual([true, true]);
    const larger = await quickPlan({ source, target: memory, maxFileBytes: 10 * 1024 ** 4 });
    expect(problemsOf(larger)).toEqual({});
    const untried = altered(
      saying({ conditionalCreate: 'absent', conditionalCreateInParts: 'absent' }),
      { probe: async () => memory.capabilities },
    );
    expect(problemsOf(await quickPlan({ source, target: untried }))).toEqual({ 'too-large': 1 });
  });

  it('what was just written goes by the clock of the source, not by this machine’s', async () => {
    const clock = new Date('2031-01-01T00:00:00Z');
    const at = (seconds: number) => new Date(clock.getTime() + seconds * 1000);
    const source = await sourceListing([
      { key: 'a', size: 1, modified: at(-599) },
      { key: 'b', size: 1, modified: at(-700) },
      { key: 'c', size: 1, modified: at(5) },
      { key: 'd', size: 1, modified: at(3600) },
    ]);
    const given = { source, clock: async () => clock };
    const found = await quickPlan(given);
    expect(found.problems).toMatchObject([
      { kind: 'just-written', count: 2, blocking: false, examples: [{ path: 'a' }, { path: 'c' }] },
    ]);
    expect(found).toMatchObject({ outcome: 'ready', checked: { clock: 'source' } });
    expect(problemsOf(await quickPlan({ ...given, justWritten: 800_000 }))).toEqual({
      'just-written': 3,
    });
    const byHost = await quickPlan({
      source: await sourceListing([{ key: 'a', size: 1, modified: new Date() }]),
    });
    expect(problemsOf(byHost)).toEqual({ 'just-written': 1 });
    expect(byHost.checked.clock).toBe('host');
  });

  it('files that can’t be opened are found, and what went meanwhile is not one of them', async () => {
    const memory = await memoryWith({ fine: '1', gone: '2', secret: '3' });
    const source = altered(memory, {
      stat: async (key) => {
        if (key === 'gone') throw new StorageError('NotFound', 'there is no gone');
        if (key === 'secret') throw new StorageError('AccessDenied', 'secret can’t be read');
        return memory.stat(key);
      },
    });
    const found = await quickPlan({ source, open: true });
    expect(found.outcome).toBe('incomplete');
    expect(found.problems).toMatchObject([
      {
        kind: 'unreadable-file',
        count: 1,
        examples: [{ path: 'secret', detail: 'secret can’t be read' }],
      },
      { kind: 'just-written' },
    ]);
    expect(problemsOf(await quickPlan({ source }))).not.toHaveProperty('unreadable-file');
  });

  it('names a few of each kind, and tells all of them to who listens', async () => {
    const files = Array.from({ length: 20 }, (_, i) => ({ key: `F${i}`, size: 6 * 1024 ** 4 }));
    const all: PlanProblem[] = [];
    const found = await quickPlan({
      source: await sourceListing(files),
      examples: 3,
      onProblem: (problem) => all.push(problem),
    });
    expect(found.problems).toHaveLength(1);
    expect(found.problems[0]).toMatchObject({ kind: 'too-large', count: 20 });
    expect(found.problems[0]?.examples.map(({ path }) => path)).toEqual(['F0', 'F1', 'F2']);
    expect(all.map(({ path }) => path)).toEqual(files.map(({ key }) => key));
  });

  it('bytes are compared with names on request', async () => {
    const source = await memoryWith({
      'a.png': 'GIF',
      'b.gif': 'GIF',
      'c.gif': '',
      'd.gif': 'PNG',
    });
    const typeOf = async (_: string, bytes: Uint8Array) =>
      `image/${Buffer.from(bytes).toString().toLowerCase()}`;
    const found = await quickPlan({ source, typeOf });
    expect(found.checked.types).toBe(3);
    expect(found.problems.find(({ kind }) => kind === 'other-type')).toMatchObject({
      count: 2,
      blocking: false,
      examples: [
        { path: 'a.png', detail: 'its bytes are image/gif, its name says image/png' },
        { path: 'd.gif' },
      ],
    });
    expect((await quickPlan({ source })).checked.types).toBe(0);
  });
});

describe('a plan', () => {
  it('changes nothing', async () => {
    const { root, source } = await directoryWith({ 'a.txt': 'one', 'b/c': 'two' });
    const look = async () => {
      const names = (await readdir(root, { recursive: true })).sort();
      return Promise.all(
        names.map(async (name) => [name, (await stat(join(root, name), { bigint: true })).ctimeNs]),
      );
    };
    const before = await look();
    const untouched = () => {
      throw new Error('not for a plan');
    };
    const target = altered(new MemoryStorageProvider(), {
      upload: untouched,
      delete: untouched,
      deleteMany: untouched,
      stat: untouched,
      exists: untouched,
      checkHealth: untouched,
      probe: untouched,
    });
    await plan({ source, target });
    expect(await look()).toEqual(before);
  });

  it('tells what it is at', async () => {
    const events: PlanEvent[] = [];
    const source = await memoryWith({ a: '1', b: '22' });
    await plan({ source, onEvent: (event) => events.push(event) });
    expect(events.at(0)).toEqual({ type: 'scanning', seen: { files: 2, bytes: 3 } });
    expect(events.at(-1)).toEqual({ type: 'measuring', side: 'source', done: 2, files: 2 });
  });

  it('ends when it is told to', async () => {
    const source = await memoryWith({ a: '1' });
    const ended = plan({ source, signal: AbortSignal.abort() });
    await expect(ended).rejects.toMatchObject({ code: 'Aborted' });
  });

  it('does not come to a conclusion from half a listing', async () => {
    const memory = await memoryWith({ a: '1', b: '2' });
    const source = altered(memory, {
      async *list() {
        yield* memory.list({ startAfter: 'a' });
        throw new StorageError('Unavailable', 'the disk is gone');
      },
    });
    await expect(quickPlan({ source })).rejects.toMatchObject({ code: 'Unavailable' });
  });

  it.each([
    { measure: 'target' as const },
    { windowHours: [0] },
    { windowHours: [25] },
    { concurrency: 0 },
    { sampleFiles: 1.5 },
    { examples: -1 },
    { justWritten: Number.NaN },
  ])('refuses %o', async (options) => {
    const source = new MemoryStorageProvider();
    await expect(plan({ source, ...options })).rejects.toMatchObject({ code: 'InvalidArgument' });
  });
});
