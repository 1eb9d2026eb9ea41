import { MemoryStorageProvider, StorageError } from '@org/storage-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type FleetRegistry, HybridStorageProvider, memoryFleetRegistry } from '../../src/index.js';
import { DrivenClock, HEARTBEAT, member, settle, UnsteadyRegistry } from './fixtures.js';
import { wantedOf } from './registry-cases.js';

const away = new StorageError('Unavailable', 'the registry is away');

/** Processes of an application that go by the registry’s mode. */
function fleet(registry: FleetRegistry) {
  const source = new MemoryStorageProvider({ name: 'source' });
  const target = new MemoryStorageProvider({ name: 'target' });
  const clock = new DrivenClock();
  const start = () => {
    const neighbours = member(registry, clock);
    const mode = neighbours.wanted('source');
    const storage = new HybridStorageProvider({ source, target, mode, neighbours });
    onTestFinished(() => storage.close());
    return storage;
  };
  return { clock, start };
}

/** Sets the mode, whatever the fleet is in. */
async function set(registry: FleetRegistry, mode: Parameters<typeof wantedOf>[0]) {
  const before = await registry.wanted();
  await registry.want(wantedOf(mode, (before?.wanted.number ?? 0) + 1), before?.version);
}

describe('a process that goes by the registry’s mode', () => {
  it('begins in the mode that it was given until one is set', async () => {
    const { start } = fleet(memoryFleetRegistry());
    const storage = start();
    await storage.exists('file');
    expect(storage.stage).toBe('source');
  });

  it('begins in the mode that was set before it was started', async () => {
    const registry = memoryFleetRegistry();
    await set(registry, 'hybrid');
    const storage = fleet(registry).start();
    await storage.exists('file');
    expect(storage.stage).toBe('settled');
  });

  it('follows with its beats, also where it has nothing else to do', async () => {
    const registry = memoryFleetRegistry();
    const { clock, start } = fleet(registry);
    const [one, other] = [start(), start()];
    await Promise.all([one.exists('file'), other.exists('file')]);
    for (const [mode, stage] of [
      ['prepare', 'prepare'],
      ['hybrid', 'settled'],
      ['target', 'target'],
      ['hybrid', 'settled'],
      ['prepare', 'prepare'],
      ['source', 'source'],
    ] as const) {
      await set(registry, mode);
      await clock.advance(6 * HEARTBEAT);
      expect([one.stage, other.stage]).toEqual([stage, stage]);
    }
  });

  it('stays with what it read last while the registry is away, and serves on', async () => {
    const registry = new UnsteadyRegistry();
    const { clock, start } = fleet(registry);
    const storage = start();
    await set(registry, 'hybrid');
    await storage.upload('file', 'x');
    registry.failure = { error: away, carriedOut: false };
    await clock.advance(5 * HEARTBEAT);
    await storage.upload('file', 'y');
    expect(storage.stage).toBe('settled');
    registry.failure = undefined;
    await set(registry, 'target');
    await clock.advance(2 * HEARTBEAT);
    expect(storage.stage).toBe('target');
  });

  it('begins with nothing while the registry is away, and with what is set when it is back', async () => {
    const registry = new UnsteadyRegistry();
    await set(registry, 'hybrid');
    const { start } = fleet(registry);
    const storage = start();
    registry.failure = { error: away, carriedOut: false };
    await expect(storage.exists('file')).rejects.toThrow(away.message);
    registry.failure = undefined;
    await storage.exists('file');
    expect(storage.stage).toBe('settled');
  });

  it('stays where it is when the registry has forgotten the mode', async () => {
    const registry = new UnsteadyRegistry();
    await set(registry, 'hybrid');
    const { clock, start } = fleet(registry);
    const storage = start();
    await storage.exists('file');
    registry.wanted = async () => undefined;
    await clock.advance(3 * HEARTBEAT);
    expect(storage.stage).toBe('settled');
  });

  it('stays where it is while a mode is wanted that it does not understand', async () => {
    const registry = new UnsteadyRegistry();
    const { clock, start } = fleet(registry);
    const storage = start();
    await storage.exists('file');
    registry.before = (name) => {
      if (name === 'wanted') throw new StorageError('Unsupported', 'a newer release’s mode');
    };
    await clock.advance(3 * HEARTBEAT);
    await storage.upload('file', 'x');
    expect(storage.stage).toBe('source');
  });

  it('is the only one that asks the registry for it', async () => {
    const registry = new UnsteadyRegistry();
    const clock = new DrivenClock();
    const one = member(registry, clock);
    await one.ready();
    await one.enter('hybrid');
    await clock.advance(3 * HEARTBEAT);
    expect(registry.calls.wanted).toBe(0);
    await one.leave();
    await settle();
  });
});
