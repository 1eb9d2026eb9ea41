import { MemoryStorageProvider } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import { differencesOf, runDeviation } from '../../src/conformance/test-provider.js';
import { type ConformanceCase, type ConformanceHarness, runCase } from '../../src/index.js';
import type { RaceOptions } from '../../src/races/index.js';

const harness: ConformanceHarness = {
  name: 'memory',
  patience: 20,
  async open() {
    const provider = new MemoryStorageProvider();
    return { provider, close: () => provider.close() };
  },
};

const passes: ConformanceCase['run'] = async ({ provider }) => {
  await provider.upload('a', 'b');
};
const fails: ConformanceCase['run'] = async ({ provider }) => {
  await provider.stat('missing');
};
const reason = 'a quirk of the store';

describe('a deviation', () => {
  it('holds where the case fails as stated', async () => {
    const deviation = { reason, fails: /there is no file missing/ };
    await expect(runDeviation(harness, fails, deviation)).resolves.toBeUndefined();
  });

  it('is to be removed where the case passes', async () => {
    const deviation = { reason, fails: /./ };
    await expect(runDeviation(harness, passes, deviation)).rejects.toThrow('to be removed');
  });

  it('does not hold where the case fails in another way', async () => {
    const deviation = { reason, fails: /out of order/ };
    await expect(runDeviation(harness, fails, deviation)).rejects.toThrow('in another way');
  });

  it('is what the store does instead, where that is stated', async () => {
    await expect(
      runDeviation(harness, fails, { reason, instead: passes }),
    ).resolves.toBeUndefined();
    await expect(runDeviation(harness, passes, { reason, instead: fails })).rejects.toThrow(
      'there is no file missing',
    );
  });
});

describe('the report', () => {
  it('lists what is absent, what is emulated, and the deviations', () => {
    const declared = [
      ['tags', 'absent'],
      ['metadata', 'native'],
      ['versions', 'absent'],
      ['multipart', 'emulated'],
    ] as const;
    const deviations = { 'some case': { reason, fails: /./ } };
    expect(differencesOf({ name: 'a store', deviations }, declared)).toBe(
      'a store: absent tags, versions; emulated multipart; deviates in some case',
    );
    expect(differencesOf({ name: 'a store' }, [['metadata', 'native']])).toBe(
      'a store: every capability is native',
    );
  });

  it('tells that races are held in one process, where the harness has no others', () => {
    expect(differencesOf({ name: 'a store' }, [['metadata', 'native']], false)).toBe(
      'a store: every capability is native; races are held in one process',
    );
  });
});

describe('a case', () => {
  it('fails when an operation hangs', async () => {
    const hangs: ConformanceCase['run'] = ({ settled }) =>
      settled(new Promise<void>(() => {}), 'the operation');
    await expect(runCase(harness, hangs)).rejects.toThrow('the operation did not end in 20 ms');
  });

  it('ends the races of its store with itself', async () => {
    let ended = false;
    const open = async () => ({
      ...(await harness.open()),
      race: async (_: unknown, options?: RaceOptions) => {
        options?.signal?.addEventListener('abort', () => {
          ended = true;
        });
        return [];
      },
    });
    const run: ConformanceCase['run'] = async (context) => {
      await context.race([]);
      expect(ended).toBe(false);
      await fails(context);
    };
    await expect(runCase({ ...harness, open }, run)).rejects.toThrow();
    expect(ended).toBe(true);
  });

  it('has its store closed, and the views that it opened, also when it fails', async () => {
    const closed: string[] = [];
    const counted = (name: string) => {
      const provider = new MemoryStorageProvider();
      provider.close = async () => {
        closed.push(name);
      };
      return provider;
    };
    const open = async () => ({
      provider: counted('provider'),
      close: async () => {
        closed.push('store');
      },
      reopen: async () => counted('view'),
    });
    const run: ConformanceCase['run'] = async (context) => {
      await context.secondView();
      await fails(context);
    };
    await expect(runCase({ ...harness, open }, run)).rejects.toThrow();
    expect(closed).toEqual(['view', 'store']);
  });
});
