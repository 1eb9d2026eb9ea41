import { compareKeys, parseETag, parseKey } from '@org/storage-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InventoryCounter } from '../../src/plan/inventory.js';
import type { ClassSpeed } from '../../src/plan/measure.js';
import { measure } from '../../src/plan/measure.js';
import { Sample } from '../../src/plan/sample.js';
import { sizeClassBounds, sizeClassOf } from '../../src/plan/size-class.js';
import { estimateTime } from '../../src/plan/time.js';

const KIB = 1024;
const GIB = 1024 ** 3;

function speed(mean: number, unit: ClassSpeed['unit'] = 'file'): ClassSpeed {
  return { files: 8, bytes: 80, seconds: 1, mean, fastest: mean / 2, slowest: mean * 3, unit };
}

const small = { ...sizeClassBounds(sizeClassOf(KIB)), files: 1000, bytes: 1000 * KIB };
const large = { ...sizeClassBounds(sizeClassOf(GIB)), files: 2, bytes: 3 * GIB };

function speeds(given: readonly (readonly [number, ClassSpeed])[]) {
  const list: (ClassSpeed | undefined)[] = Array.from({ length: 9 });
  for (const [size, of] of given) list[sizeClassOf(size)] = of;
  return list;
}

describe('an estimate', () => {
  const given = { list: 10, concurrency: 16, windows: [0.5] };

  it('is the listing, and each class by its files or by its bytes', () => {
    const source = speeds([
      [KIB, speed(0.1)],
      [GIB, speed(1 / GIB, 'byte')],
    ]);
    const time = estimateTime([small, large], { source }, given);
    expect(time).toMatchObject({ low: 61.5, likely: 113, measured: 'source' });
    expect(time?.high).toBeCloseTo(319);
    expect(time).toMatchObject({ limit: { side: 'source', by: 'files' } });
    expect(time?.parts).toEqual({ list: 10, read: 103, send: 0 });
    expect(time?.windows).toEqual([{ hours: 0.5, low: 1, high: 1 }]);
  });

  it('goes by what was sent, and names the slower side', () => {
    const source = speeds([[GIB, speed(1 / GIB, 'byte')]]);
    const target = speeds([[GIB, speed(1000 / GIB, 'byte')]]);
    const time = estimateTime([large], { source, target }, given);
    expect(time).toMatchObject({ likely: 3010, measured: 'target' });
    expect(time?.limit).toEqual({ side: 'target', by: 'bytes' });
    expect(time?.parts).toEqual({ list: 10, read: 3, send: 2997 });
    expect(time?.windows).toEqual([{ hours: 0.5, low: 1, high: 6 }]);
    const faster = speeds([[GIB, speed(0.5 / GIB, 'byte')]]);
    expect(estimateTime([large], { source, target: faster }, given)?.limit.side).toBe('source');
  });

  it('tells how long a verification takes, by checksum and by content', () => {
    const source = speeds([
      [KIB, speed(0.1)],
      [GIB, speed(1 / GIB, 'byte')],
    ]);
    const looked = speeds([
      [KIB, speed(0.01)],
      [GIB, speed(0.01)],
    ]);
    const verification = { checksum: looked, content: source };
    const time = estimateTime([small, large], { source, target: source, verification }, given);
    expect(time?.verification?.checksum.likely).toBeCloseTo(10.02);
    expect(time?.verification?.content).toMatchObject({ low: 51.5, likely: 103 });
    expect(time?.likely).toBe(113);
  });

  it('tells nothing of a verification if one size could not be looked at', () => {
    const source = speeds([[KIB, speed(0.1)]]);
    const verification = { checksum: source, content: source };
    const time = estimateTime([small, large], { source, verification }, given);
    expect(time).not.toHaveProperty('verification');
    const ofSmall = estimateTime([small], { source, verification }, given);
    expect(ofSmall).toHaveProperty('verification');
  });

  it('leaves out what can’t be read, and is none if nothing can', () => {
    const source = speeds([[KIB, speed(1)]]);
    expect(estimateTime([small, large], { source }, given)?.likely).toBe(1010);
    expect(estimateTime([large], { source: speeds([]) }, given)).toBeUndefined();
  });
});

describe('a measurement', () => {
  const files = (count: number, size: number) =>
    Array.from({ length: count }, (_, i) => ({ key: parseKey(`f${i}`), size }));

  it('moves a part of large files, and few of them', async () => {
    const moved: number[] = [];
    const move = async (_: unknown, bytes: number) => {
      moved.push(bytes);
      return true;
    };
    const options = { concurrency: 4, seconds: 60 };
    const [of] = await measure([files(100, GIB)], move, options);
    expect(moved).toEqual(Array.from({ length: 16 }, () => 16 * 1024 ** 2));
    expect(of).toMatchObject({ files: 16, unit: 'byte' });
  });

  it('ends with the run in which the time is up', async () => {
    let moved = 0;
    const move = async () => {
      moved++;
      return true;
    };
    await measure([files(40, 10)], move, { concurrency: 4, seconds: 0 });
    expect(moved).toBe(10);
  });

  it('counts what could be moved', async () => {
    const move = async ({ key }: { readonly key: string }) => key === 'f1';
    const [some, none] = await measure([files(4, 10), files(1, 10)], move, {
      concurrency: 1,
      seconds: 60,
    });
    expect(some).toMatchObject({ files: 1, bytes: 10 });
    expect(none).toBeUndefined();
  });
});

const file = (key: string, size: number) => ({
  type: 'file' as const,
  key: parseKey(key),
  size,
  etag: parseETag('"1"'),
  lastModified: new Date(0),
});

describe('a sample', () => {
  it('has no more than so many files of each class, each with the same chance', () => {
    const chosen = new Map<number, number>();
    let seed = 1;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (let round = 0; round < 2000; round++) {
      const sample = new Sample(5, random);
      for (let i = 0; i < 20; i++) sample.offer(file(`f${i}`, 10));
      sample.offer(file('other', GIB));
      const classes = sample.classes();
      expect(classes.flat()).toHaveLength(6);
      for (const { key } of classes[sizeClassOf(10)] ?? []) {
        const index = Number(key.slice(1));
        chosen.set(index, (chosen.get(index) ?? 0) + 1);
      }
    }
    for (let i = 0; i < 20; i++) {
      expect(chosen.get(i)).toBeGreaterThan(400);
      expect(chosen.get(i)).toBeLessThan(600);
    }
  });
});

describe('directories', () => {
  it('are counted once each, for any keys in their order', () => {
    const segment = fc.constantFrom('a', 'b', 'a-', 'a.', 'é', '\u{10000}');
    const key = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 40 }), (keys) => {
        const counter = new InventoryCounter();
        for (const name of keys.toSorted(compareKeys)) counter.add(file(name, 1), 0);
        const directories = keys.flatMap((name) =>
          name
            .split('/')
            .flatMap((_, depth, parts) => (depth === 0 ? [] : parts.slice(0, depth).join('/'))),
        );
        expect(counter.result().directories).toBe(new Set(directories).size);
      }),
    );
  });
});
