import { MemoryStorageProvider, parseKey, StorageError } from '@org/storage-core';
import { memoryFleetRegistry } from '@org/storage-hybrid';
import { describe, expect, it } from 'vitest';
import {
  CONDITION_IDS,
  type ConditionId,
  type GateOptions,
  gate,
  migrate,
  verify,
} from '../../src/index.js';
import { altered, memoryWith, temporaryJournal } from '../fixtures.js';
import { applicationOf, HOUR, migrated, QUIET } from './fixtures.js';

type Setting = Awaited<ReturnType<typeof migrated>>;

/** What it is, the conditions that do not hold then, and how it comes. */
type Obstacle = readonly [string, readonly ConditionId[], (setting: Setting) => unknown];

/** The conditions that do not hold. */
async function shutBy(options: GateOptions): Promise<ConditionId[]> {
  const { open, conditions } = await gate(options);
  const shut = conditions.filter(({ holds }) => holds !== true);
  expect(open).toBe(shut.length === 0);
  for (const condition of conditions)
    expect(condition.mend === undefined).toBe(condition.holds === true);
  return shut.map(({ id }) => id);
}

async function conditionOf(id: ConditionId, options: GateOptions) {
  return (await gate(options)).conditions.find((condition) => condition.id === id);
}

describe('the gate', () => {
  it('is open when all is done, and says what it was seen from', async () => {
    const { open, conditions } = await gate(await migrated());
    expect(conditions.filter(({ holds }) => holds !== true)).toEqual([]);
    expect(open).toBe(true);
    expect(conditions.map(({ id }) => id)).toEqual(CONDITION_IDS);
    for (const { evidence } of conditions) expect(evidence).toMatch(/\w/);
  });

  /** Each keeps it shut by itself. */
  const obstacles: readonly Obstacle[] = [
    [
      'a process writes to the source',
      ['members'],
      ({ put }) => put(applicationOf('one', { stages: ['prepare'] })),
    ],
    [
      'a process has not gone the whole way to the hand-over',
      ['members'],
      ({ put }) => put(applicationOf('one', { stages: ['hybrid', 'settled'] })),
    ],
    [
      'a migrator is at work',
      ['no-migrator'],
      ({ put }) => put(applicationOf('m', { role: 'migrator' })),
    ],
    [
      'a file waits for a decision',
      ['resolved'],
      ({ journal }) => journal.recordResult(parseKey('a'), { state: 'pending', attempts: 1 }),
    ],
    ...(['failed', 'conflict', 'lost'] as const).map(
      (state): Obstacle => [
        `a file is ${state}`,
        ['no-problems'],
        ({ journal }) => journal.recordResult(parseKey('a'), { state, attempts: 1 }),
      ],
    ),
    [
      'a copy was not verified',
      ['verified'],
      ({ journal }) => journal.recordResult(parseKey('a'), { state: 'copied', attempts: 1 }),
    ],
    [
      'a copy is another',
      ['verified'],
      ({ journal }) => journal.recordVerification(parseKey('a'), 'different', 'checksum'),
    ],
    [
      'an upload in parts is unfinished',
      ['uploads'],
      ({ journal }) => journal.recordUpload(parseKey('a'), '7'),
    ],
    [
      'the source has a file that is new',
      ['inventory', 'retired'],
      ({ source }) => source.upload('c', '3'),
    ],
    [
      'the source has a file that was changed since',
      ['inventory', 'retired'],
      ({ source }) => source.upload('a', 'anew'),
    ],
    [
      'something waits in a spool',
      ['spool'],
      ({ put }) =>
        put(applicationOf('one', { report: { ...QUIET, spool: { entries: 1, bytes: 0 } } })),
    ],
    [
      'a spool has not answered',
      ['spool'],
      ({ put }) => put(applicationOf('one', { report: { ...QUIET, spool: 'unknown' } })),
    ],
    [
      'the source was read from lately',
      ['quiet'],
      ({ put }) => put(applicationOf('one', { report: { ...QUIET, sourceRead: HOUR - 1 } })),
    ],
    [
      'a process has not watched for long enough',
      ['quiet'],
      ({ put }) => put(applicationOf('one', { report: { ...QUIET, watched: HOUR - 1 } })),
    ],
    [
      'a process tells nothing',
      ['spool', 'quiet'],
      ({ put }) => put(applicationOf('one', { report: undefined })),
    ],
  ];

  it.each(obstacles)('is shut while %s', async (_, ids, change) => {
    const setting = await migrated();
    await change(setting);
    expect(await shutBy(setting)).toEqual(ids);
  });

  it('is shut while the source has a file that is known, and was not retired', async () => {
    const { registry } = await migrated();
    const source = await memoryWith({ a: '1' });
    const target = new MemoryStorageProvider({ name: 'target' });
    const journal = await temporaryJournal();
    await migrate({ source, target, journal, live: true });
    await journal.recordVerification(parseKey('a'), 'ok', 'checksum');
    const options = { source, journal, registry };
    expect(await shutBy(options)).toEqual(['retired']);
    expect(await conditionOf('retired', options)).toMatchObject({
      value: 1,
      evidence: expect.stringContaining('such as a'),
    });
  });

  it('does not look at more than a thousand files of a source that is not empty', async () => {
    const { journal, registry } = await migrated();
    const files = Array.from({ length: 1200 }, (_, at) => [`f${at}`, ''] as const);
    const source = await memoryWith(Object.fromEntries(files));
    let listed = 0;
    const counting = altered(source, {
      async *list(options) {
        for await (const entry of source.list(options)) {
          listed++;
          yield entry;
        }
      },
    });
    const options = { source: counting, journal, registry };
    expect(await shutBy(options)).toEqual(['inventory', 'skipped', 'retired']);
    expect(listed).toBe(1001);
    expect((await conditionOf('skipped', options))?.holds).toBe('unknown');
  });

  it('wants as much of a verification as is asked for', async () => {
    const setting = await migrated();
    expect(await shutBy({ ...setting, verifiedBy: 'content' })).toEqual(['verified']);
    for (const key of ['a', 'b'])
      await setting.journal.recordVerification(parseKey(key), 'ok', 'content');
    expect(await shutBy({ ...setting, verifiedBy: 'content' })).toEqual([]);
  });

  it('wants it to have been quiet for as long as is asked for', async () => {
    const setting = await migrated();
    expect(await shutBy({ ...setting, quiet: 25 * HOUR })).toEqual(['quiet']);
    await setting.put(applicationOf('one', { report: { ...QUIET, sourceRead: 5 } }));
    expect(await conditionOf('quiet', setting)).toMatchObject({ value: 5 });
    expect(await shutBy({ ...setting, quiet: 5 })).toEqual([]);
    await expect(gate({ ...setting, quiet: Number.NaN })).rejects.toMatchObject({
      code: 'InvalidArgument',
    });
  });

  it('counts what is no file, unless it is accepted', async () => {
    const { source, ...others } = await migrated();
    const skipping = altered(source, {
      async *list(options = {}) {
        for (let at = 0; at < 1500; at++)
          options.onSkip?.({ path: `link${at}`, reason: 'link', detail: 'a symbolic link' });
        yield* source.list(options);
      },
    });
    const options = { ...others, source: skipping };
    expect(await shutBy(options)).toEqual(['inventory', 'skipped', 'retired']);
    expect(await conditionOf('skipped', options)).toMatchObject({
      evidence: expect.stringContaining('such as link0'),
      mend: expect.stringContaining('--accept link'),
    });
    expect(await shutBy({ ...options, accept: ['link'] })).toEqual([]);
  });

  it('is shut by a journal without a migration that came to its end', async () => {
    const { source, registry } = await migrated();
    const journal = await temporaryJournal();
    const options = { source, registry, journal };
    expect(await shutBy(options)).toEqual(['inventory']);
    await journal.endRun((await journal.startRun('migrate')).id, 'interrupted');
    await journal.endRun((await journal.startRun('verify')).id, 'complete');
    expect(await shutBy(options)).toEqual(['inventory']);
    const begun = { ...options, wasEmpty: true };
    expect(await shutBy(begun)).toEqual(['inventory']);
    await journal.endRun((await journal.startRun('migrate')).id, 'incomplete');
    expect(await shutBy(begun)).toEqual([]);
  });

  it('is shut by a journal that was begun when the files had been retired, unless there never were any', async () => {
    const { source, target, registry } = await migrated();
    const journal = await temporaryJournal();
    const report = await migrate({ source, target, journal, live: true });
    expect(report.outcome).toBe('complete');
    const options = { source, journal, registry };
    expect(await shutBy(options)).toEqual(['inventory']);
    expect(await conditionOf('inventory', options)).toMatchObject({
      holds: 'unknown',
      evidence: expect.stringContaining('knows no file'),
      mend: expect.stringContaining('--was-empty'),
    });
    expect(await shutBy({ ...options, wasEmpty: true })).toEqual([]);
  });

  it('says what a verification has found, and what mends it', async () => {
    const setting = await migrated();
    const { journal } = setting;
    const verified = () => conditionOf('verified', setting);
    await journal.recordVerification(parseKey('a'), 'missing');
    expect(await verified()).toMatchObject({
      evidence: '1 of 2 copies was not found whole by checksum: 1 missing from the target',
      mend: expect.stringMatching(/^storage migrate --missing/),
    });
    await journal.recordVerification(parseKey('b'), 'different');
    expect((await verified())?.mend).toContain('storage status --problems');
    await journal.recordResult(parseKey('b'), { state: 'deleted', attempts: 1 });
    expect((await verified())?.evidence).toMatch(/^1 of 1 copy .*: 1 missing from the target$/);
  });

  it('says of a journal from before the retirement that no verification will open it', async () => {
    const setting = await migrated();
    const { source, target, journal } = setting;
    for (const key of ['a', 'b']) await journal.recordRetirement(parseKey(key), undefined);
    await verify({ source, target, journal });
    expect(await shutBy(setting)).toEqual(['verified']);
    expect(await conditionOf('verified', setting)).toMatchObject({
      evidence: expect.stringContaining(
        '2 gone from the source, not by a retirement in this journal',
      ),
      mend: expect.stringMatching(/^what is gone from the source no verification mends/),
    });
  });

  it('is shut while nobody is in the registry, which may be another', async () => {
    const setting = await migrated();
    const registry = memoryFleetRegistry();
    expect(await shutBy({ ...setting, registry })).toEqual(['members', 'spool', 'quiet']);
  });

  it('is shut while the registry or the source can’t be read', async () => {
    const setting = await migrated();
    const away = async () => {
      throw new StorageError('Unavailable', 'it is away');
    };
    const registry = { ...setting.registry, list: away };
    expect(await shutBy({ ...setting, registry })).toEqual([
      ...['members', 'no-migrator', 'spool', 'quiet'],
    ]);
    const source = altered(setting.source, {
      // biome-ignore lint/correctness/useYield: it fails before
      async *list() {
        await away();
      },
    });
    const options = { ...setting, source };
    expect(await shutBy(options)).toEqual(['inventory', 'skipped', 'retired']);
    expect(await conditionOf('retired', options)).toMatchObject({
      holds: 'unknown',
      evidence: expect.stringContaining('it is away'),
    });
  });

  it('looks at the fleet before the source, since a process may write until it has settled', async () => {
    const setting = await migrated();
    const log: string[] = [];
    const registry = {
      ...setting.registry,
      list: () => {
        log.push('fleet');
        return setting.registry.list();
      },
    };
    const source = altered(setting.source, {
      list: (options) => {
        log.push('source');
        return setting.source.list(options);
      },
    });
    await gate({ ...setting, registry, source });
    expect(log).toEqual(['fleet', 'source']);
  });

  it('does not count the caller’s own lease for a migrator', async () => {
    const setting = await migrated();
    await setting.put(applicationOf('m', { role: 'migrator' }));
    expect(await shutBy({ ...setting, lease: { id: 'm' } })).toEqual([]);
  });

  it('ends when it is told to', async () => {
    const setting = await migrated();
    const signal = AbortSignal.abort();
    await expect(gate({ ...setting, signal })).rejects.toMatchObject({ code: 'Aborted' });
  });
});
