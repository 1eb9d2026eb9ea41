import { MemoryStorageProvider, StorageError } from '@org/storage-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WorkWatch } from '../../src/fleet/report.js';
import {
  type HybridStorageOptions,
  HybridStorageProvider,
  type MemberReport,
  memoryFleetRegistry,
  parseMemberRecord,
  spooled,
} from '../../src/index.js';
import { DrivenClock, HEARTBEAT, member, settle, UnsteadyRegistry } from './fixtures.js';
import { memberOf } from './registry-cases.js';

const away = new StorageError('Unavailable', 'not now');

function process(options: Partial<HybridStorageOptions> = {}, registry = memoryFleetRegistry()) {
  const source = new MemoryStorageProvider({ name: 'source' });
  const target = new MemoryStorageProvider({ name: 'target' });
  const clock = new DrivenClock();
  const neighbours = member(registry, clock);
  const given = { source, target, mode: 'hybrid', neighbours } as const;
  const storage = new HybridStorageProvider({ ...given, ...options });
  onTestFinished(() => storage.close());
  const told = async (): Promise<MemberReport | undefined> =>
    (await registry.list()).find((entry) => entry.member.id === neighbours.id)?.member.report;
  return { registry, source, target, clock, storage, told };
}

describe('what a member tells of its work', () => {
  it('is how long it has watched, and when the source last answered a read', async () => {
    const { source, clock, storage, told } = process();
    await source.upload('old', 'x');
    await storage.exists('none');
    expect(await told()).toEqual({ follows: false, watched: 0, spool: 'none' });
    await clock.advance(5 * HEARTBEAT);
    expect(await told()).toEqual({ follows: false, watched: 5 * HEARTBEAT, spool: 'none' });
    await storage.stat('old');
    await clock.advance(HEARTBEAT);
    expect(await told()).toMatchObject({ sourceRead: 0 });
    await clock.advance(3 * HEARTBEAT);
    expect(await told()).toMatchObject({ sourceRead: 3 * HEARTBEAT, watched: 9 * HEARTBEAT });
  });

  it('counts downloads, signed URLs and copies of what only the source has, and no others', async () => {
    const { source, target, clock, storage, told } = process();
    await source.upload('old', 'x');
    await target.upload('new', 'y');
    await storage.stat('new');
    await storage.exists('none');
    await storage.upload('another', 'z');
    await storage.delete('another');
    await clock.advance(2 * HEARTBEAT);
    expect((await told())?.sourceRead).toBeUndefined();
    for (const read of [
      async () => (await storage.download('old')).body.destroy(),
      () => storage.copy('old', 'copy'),
    ]) {
      await clock.advance(5 * HEARTBEAT);
      await read();
      await clock.advance(HEARTBEAT);
      expect(await told()).toMatchObject({ sourceRead: 0 });
    }
  });

  it('counts reads in the mode source, too, so that they are not forgotten when it goes on', async () => {
    const { source, clock, storage, told } = process({ mode: 'source' });
    await source.upload('old', 'x');
    await storage.stat('old');
    await clock.advance(HEARTBEAT);
    expect(await told()).toMatchObject({ sourceRead: 0 });
  });

  it('is what waits in the spool', async () => {
    const bucket = new MemoryStorageProvider({ name: 'bucket' });
    const store = new MemoryStorageProvider({ name: 'disk' });
    const target = spooled(bucket, { store, maxBytes: 1000, drain: false });
    const { clock, storage, told } = process({ target, mode: 'target' });
    const { upload } = bucket;
    await storage.exists('none');
    bucket.upload = async () => {
      throw away;
    };
    await storage.upload('a', 'four');
    await clock.advance(2 * HEARTBEAT);
    expect(await told()).toMatchObject({ spool: { entries: 1, bytes: 4 } });
    bucket.upload = upload;
    await target.drain();
    await clock.advance(2 * HEARTBEAT);
    expect(await told()).toMatchObject({ spool: { entries: 0, bytes: 0 } });
  });

  it('does not wait for a spool whose disk hangs, nor take what it told before for what is', async () => {
    const store = new MemoryStorageProvider({ name: 'disk' });
    const bucket = new MemoryStorageProvider({ name: 'bucket' });
    const target = spooled(bucket, { store, maxBytes: 1000, drain: false });
    const { clock, storage, told } = process({ target, mode: 'target' });
    await storage.exists('none');
    await clock.advance(2 * HEARTBEAT);
    expect(await told()).toMatchObject({ spool: { entries: 0, bytes: 0 } });
    const status = target.status.bind(target);
    let answer = () => {};
    target.status = async () => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      throw away;
    };
    await clock.advance(3 * HEARTBEAT);
    expect(await told()).toMatchObject({ spool: 'unknown', watched: 5 * HEARTBEAT });
    target.status = status;
    answer();
    await settle();
    await clock.advance(2 * HEARTBEAT);
    expect(await told()).toMatchObject({ spool: { entries: 0, bytes: 0 } });
  });

  it('has no more than the beginning of a long obstacle', () => {
    const obstacle = new StorageError('Unknown', 'x'.repeat(10_000));
    const work = { sourceReads: 0, obstacle, spool: undefined, follow: async () => {} };
    const { obstacle: told = '' } = new WorkWatch(work, new DrivenClock()).report(true);
    expect(told).toBe('x'.repeat(500));
  });

  it('is why it is not in the mode that it wants', async () => {
    const registry = memoryFleetRegistry();
    const behind = member(registry, new DrivenClock(), { newId: () => 'behind' });
    await behind.enter('source');
    let mode: 'prepare' | 'hybrid' = 'prepare';
    const { clock, storage, told } = process({ mode: () => mode }, registry);
    await storage.exists('none');
    mode = 'hybrid';
    await clock.advance(3 * HEARTBEAT);
    expect((await told())?.obstacle).toContain('behind');
    await behind.leave();
    await clock.advance(3 * HEARTBEAT);
    expect((await told())?.obstacle).toBeUndefined();
    expect(storage.stage).toBe('settled');
  });

  it('goes on being told when the wanted mode can’t be known', async () => {
    const registry = new UnsteadyRegistry();
    const { clock, storage } = process(
      {
        mode: () => {
          if (broken) throw new Error('the flags are away');
          return 'hybrid';
        },
      },
      registry,
    );
    let broken = false;
    await storage.exists('none');
    broken = true;
    const { update } = registry.calls;
    await clock.advance(3 * HEARTBEAT);
    expect(registry.calls.update).toBe(update + 3);
    await expect(storage.exists('none')).rejects.toThrow('the flags are away');
  });

  it('may be missing, as in records of older releases', () => {
    const text = JSON.stringify({ format: 1, ...memberOf('old') });
    expect(parseMemberRecord(text, 'old', 'old')).toEqual(memberOf('old'));
  });
});
