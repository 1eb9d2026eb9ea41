import { MemoryStorageProvider } from '@org/storage-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type FleetRegistry,
  HybridStorageProvider,
  type Mode,
  memoryFleetRegistry,
} from '../../src/index.js';
import {
  DRAIN,
  DrivenClock,
  HEARTBEAT,
  MARGIN,
  member,
  recorded,
  settle,
  UnsteadyRegistry,
} from './fixtures.js';

/** Two stores, and processes of the fleet that work on them. */
function fleet(registry: FleetRegistry = memoryFleetRegistry()) {
  const source = new MemoryStorageProvider({ name: 'source' });
  const target = new MemoryStorageProvider({ name: 'target' });
  const clock = new DrivenClock();
  const start = (first: Mode, own = clock) => {
    let mode = first;
    const neighbours = member(registry, own);
    const storage = new HybridStorageProvider({ source, target, mode: () => mode, neighbours });
    onTestFinished(() => storage.close());
    return {
      storage,
      neighbours,
      async switchTo(next: Mode) {
        mode = next;
        await storage.exists('anything');
        await settle();
      },
    };
  };
  return { registry, source, target, clock, start };
}

describe('processes of a fleet', () => {
  it('go from the source to the target, one step apart at most', async () => {
    const { clock, start } = fleet();
    const [one, other] = [start('source'), start('source')];
    await one.switchTo('prepare');
    await other.switchTo('source');
    expect([one.storage.stage, other.storage.stage]).toEqual(['prepare', 'source']);
    await one.switchTo('hybrid');
    expect(one.storage.stage).toBe('prepare');
    expect(one.storage.obstacle?.message).toContain(other.neighbours.id);
    await other.switchTo('prepare');
    await clock.advance(HEARTBEAT);
    await one.switchTo('hybrid');
    expect(one.storage.stage).toBe('hybrid');
    expect(one.storage.obstacle).toBeUndefined();
    await other.switchTo('hybrid');
    expect(other.storage.stage).toBe('settled');
    await clock.advance(HEARTBEAT);
    await one.switchTo('target');
    expect(one.storage.stage).toBe('target');
    await other.switchTo('target');
    expect(other.storage.stage).toBe('target');
  });

  it('can’t begin in a mode that is too far from the others’', async () => {
    const { start } = fleet();
    await start('source').storage.upload('file', 'x');
    const late = start('hybrid');
    await expect(late.storage.stat('file')).rejects.toMatchObject({
      code: 'Unavailable',
      retryable: true,
    });
    expect(late.storage.stage).toBeUndefined();
  });

  it('are asked about the others at beats only, not by every operation', async () => {
    const registry = new UnsteadyRegistry();
    const { start } = fleet(registry);
    const behind = start('prepare');
    const ahead = start('hybrid');
    await behind.storage.upload('file', 'x');
    await ahead.storage.stat('file');
    await settle();
    const { total } = registry;
    for (let times = 0; times < 10; times++) await ahead.storage.stat('file');
    await settle();
    expect(ahead.storage.stage).toBe('hybrid');
    expect(registry.total).toBe(total);
  });

  it.each(['source', 'prepare'] as const)(
    'do not write in the mode %s when they have lost touch, but read',
    async (mode) => {
      const { source, clock, start } = fleet();
      const { storage, neighbours } = start(mode);
      await storage.upload('file', 'x');
      clock.pause(DRAIN);
      const refused = [
        () => storage.upload('file', 'y'),
        () => storage.delete('file'),
        () => storage.deleteMany(['file']),
        () => storage.copy('file', 'copy'),
        () => storage.move('file', 'moved'),
      ];
      for (const run of refused) {
        const outcome = { code: 'Unavailable', retryable: true };
        await expect(run()).rejects.toMatchObject(outcome);
        await expect(run()).rejects.toThrow('lost touch');
      }
      expect(await storage.exists('file')).toBe(true);
      expect(await source.exists('copy')).toBe(false);
      await neighbours.renew();
      await storage.upload('file', 'y');
    },
  );

  it.each(['hybrid', 'target'] as const)('write on in the mode %s', async (mode) => {
    const { target, clock, start } = fleet();
    const { storage } = start(mode);
    await storage.upload('file', 'x');
    clock.pause(DRAIN + MARGIN);
    await storage.upload('file', 'yy');
    expect((await target.stat('file')).size).toBe(2);
  });

  it('write nothing any more when they were closed before they had entered', async () => {
    const registry = new UnsteadyRegistry();
    const { target, start } = fleet(registry);
    const { storage } = start('target');
    let uploads = 0;
    target.upload = async () => {
      uploads += 1;
      throw new Error('too late');
    };
    let enter = () => {};
    registry.before = (name) => {
      if (name !== 'join') return;
      return new Promise<void>((resolve) => {
        enter = resolve;
      });
    };
    const uploaded = expect(storage.upload('file', 'x')).rejects.toMatchObject({
      code: 'Unavailable',
      retryable: false,
    });
    await settle();
    const closed = storage.close();
    await settle();
    enter();
    await closed;
    await uploaded;
    expect(await recorded(registry)).toEqual({});
    expect(uploads).toBe(0);
  });

  it('leave the fleet only after their last write has ended', async () => {
    const { registry, source, start } = fleet();
    const { storage, neighbours } = start('prepare');
    await storage.exists('file');
    let write = () => {};
    const { upload } = source;
    source.upload = async (...given) => {
      await new Promise<void>((resolve) => {
        write = resolve;
      });
      return upload.apply(source, given);
    };
    const uploaded = storage.upload('file', 'x');
    await settle();
    const closed = storage.close();
    await settle();
    expect(await recorded(registry)).toHaveProperty(neighbours.id);
    write();
    await uploaded;
    await closed;
    expect(await recorded(registry)).toEqual({});
  });
});
