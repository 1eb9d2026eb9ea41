import { LocalStorageProvider } from '@org/storage-local';
import { describe, expect, it } from 'vitest';
import {
  knownPrices,
  migrate,
  type PriceList,
  parseCostEstimate,
  parsePriceList,
  pricesOf,
} from '../../src/index.js';
import { copyRequests } from '../../src/plan/requests.js';
import { temporaryJournal } from '../fixtures.js';
import { bucket, directoryWith, quickPlan, sourceListing } from './fixtures.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Round numbers. */
const PRICES: PriceList = {
  version: 1,
  provider: 'Test',
  region: 'here',
  currency: 'EUR',
  date: '2026-01-02',
  sources: ['https://example.org/prices'],
  transferIn: 0.5,
  transferOut: [{ upToGiB: 1, price: 0 }, { price: 2 }],
  classes: {
    STANDARD: { storage: [{ upToGiB: 2, price: 10 }, { price: 1 }], put: 100, get: 10 },
    COLD: {
      storage: [{ price: 1 }],
      put: 200,
      get: 20,
      retrieval: 3,
      minimumBytes: 128 * 1024,
      minimumDays: 30,
      monitoring: { price: 1000, fromBytes: MIB },
    },
  },
};

describe('requests', () => {
  it.each([0, 1, 5 * MIB - 1, 5 * MIB, 8 * MIB, 8 * MIB + 1, 24 * MIB])(
    'are those of a migration of a file of %i bytes',
    async (size) => {
      const { root } = await directoryWith({ file: Buffer.alloc(size) });
      await using source = new LocalStorageProvider({ root });
      const { server, target } = await bucket();
      await migrate({ source, target, journal: await temporaryJournal() });
      const made = server.requests.last().filter(({ key }) => key === 'file');
      const get = made.filter(({ method }) => method === 'GET' || method === 'HEAD').length;
      expect(copyRequests(size, 8 * MIB)).toEqual({ put: made.length - get, get });
    },
  );

  it('are 10,000 parts at most, two more to begin and to end them', () => {
    expect(copyRequests(80_000 * MIB, 8 * MIB)).toEqual({ put: 10_002, get: 2 });
    expect(copyRequests(80_000 * MIB + 1, 8 * MIB).put).toBeLessThanOrEqual(10_002);
    expect(copyRequests(48 * 1024 * GIB, 8 * MIB).put).toBeLessThanOrEqual(10_002);
  });
});

describe('costs', () => {
  it('are requests once, storage a month, and transfer, by class', async () => {
    const source = await sourceListing([
      { key: 'small', size: 1024 },
      { key: 'part', size: 16 * MIB },
      { key: 'large', size: 3 * GIB },
    ]);
    const { cost } = await quickPlan({ source, prices: PRICES });
    const bytes = 3 * GIB + 16 * MIB + 1024;
    const put = 1 + 4 + (384 + 2);
    expect(cost).toMatchObject({
      currency: 'EUR',
      region: 'here',
      date: '2026-01-02',
      requests: { put, get: 4 },
      transferIn: (bytes / GIB) * 0.5,
    });
    const [standard, cold] = cost?.classes ?? [];
    expect(standard).toMatchObject({
      storageClass: 'STANDARD',
      billedBytes: bytes,
      minimumDays: 0,
    });
    expect(standard?.copy).toBeCloseTo((put * 100 + 4 * 10) / 1000);
    expect(standard?.verify).toBeCloseTo((3 * 10) / 1000);
    expect(standard?.retire).toBeCloseTo((3 * 10) / 1000);
    expect(standard?.storage).toBeCloseTo(2 * 10 + (bytes / GIB - 2));
    expect(standard?.readBack).toBeCloseTo((3 * 10) / 1000 + (bytes / GIB - 1) * 2);
    expect(standard?.thousandDeletes).toBe(100);
    expect(cold).toMatchObject({ billedBytes: bytes - 1024 + 128 * 1024, minimumDays: 30 });
    expect(cold?.storage).toBeCloseTo((bytes - 1024 + 128 * 1024) / GIB + 2 * (1000 / 1000));
    expect(cold?.readBack).toBeCloseTo((3 * 20) / 1000 + (bytes / GIB) * 3 + (bytes / GIB - 1) * 2);
  });

  it('are not invented where there are no prices', async () => {
    expect(pricesOf('mars-north-1')).toBeUndefined();
    expect((await quickPlan({ source: await sourceListing([]) })).cost).toBeUndefined();
  });
});

describe('price lists', () => {
  it('that come with the package are complete, dated and sourced', () => {
    const lists = knownPrices();
    expect(lists.map(({ region }) => region)).toEqual(['us-east-1', 'eu-west-1', 'eu-central-1']);
    for (const list of lists) {
      expect(list.sources.every((url) => url.startsWith('https://'))).toBe(true);
      expect(Object.keys(list.classes)[0]).toBe('STANDARD');
      expect(list.classes['STANDARD_IA']).toMatchObject({ minimumBytes: 131_072, minimumDays: 30 });
    }
    expect(pricesOf('eu-central-1')?.classes['STANDARD']?.put).toBe(0.0054);
  });

  it('of one’s own are taken as they are', () => {
    expect(parsePriceList(JSON.parse(JSON.stringify(PRICES)))).toEqual(PRICES);
  });

  it.each([
    [[], 'prices.json is an object'],
    [{ ...PRICES, version: 2 }, 'version in prices.json is 1'],
    [{ ...PRICES, date: '2026-13-01' }, 'date in prices.json is a date'],
    [{ ...PRICES, currency: '$' }, 'currency in prices.json is a code of three letters'],
    [{ ...PRICES, region: '' }, 'region in prices.json is text'],
    [{ ...PRICES, sources: 'x' }, 'sources in prices.json is a list'],
    [{ ...PRICES, transferIn: -1 }, 'transferIn in prices.json is a number'],
    [{ ...PRICES, transferOut: [] }, 'transferOut in prices.json has at least one tier'],
    [
      { ...PRICES, transferOut: [{ price: 1 }, { price: 2 }] },
      'transferOut[0].upToGiB in prices.json is given of every tier but the last',
    ],
    [
      {
        ...PRICES,
        transferOut: [{ upToGiB: 2, price: 1 }, { upToGiB: 1, price: 1 }, { price: 2 }],
      },
      'transferOut[1].upToGiB in prices.json is more than that of the tier before',
    ],
    [{ ...PRICES, classes: {} }, 'classes in prices.json has at least one storage class'],
    [
      { ...PRICES, classes: { A: { ...PRICES.classes['COLD'], minumumBytes: 1 } } },
      'classes.A in prices.json has an unknown entry "minumumBytes"',
    ],
    [
      { ...PRICES, classes: { A: { ...PRICES.classes['COLD'], put: '1' } } },
      'classes.A.put in prices.json is a number',
    ],
    [
      { ...PRICES, classes: { A: { ...PRICES.classes['COLD'], monitoring: { price: 1 } } } },
      'classes.A.monitoring.fromBytes in prices.json is a number',
    ],
    [{ ...PRICES, extra: 1 }, 'prices.json has an unknown entry "extra"'],
  ])('that are wrong are refused: %#', (list, message) => {
    expect(() => parsePriceList(list, 'prices.json')).toThrow(message);
  });
});

describe('an estimate that was kept', () => {
  it('is read as it was, past entries that are newer', async () => {
    const { source } = await directoryWith({ a: 'x' });
    const { cost } = await quickPlan({ source, prices: PRICES });
    const kept: unknown = JSON.parse(JSON.stringify({ ...cost, newer: true }));
    expect(parseCostEstimate(kept)).toEqual(cost);
  });

  it.each([
    [[], 'plan.json is an object'],
    [{ ...PRICES, requests: {}, provider: 1 }, 'provider in plan.json is text'],
    [{ ...PRICES, requests: { put: -1 } }, 'requests.put in plan.json is a number, 0 or more'],
    [
      { ...PRICES, requests: { put: 1, get: 1 }, classes: [{ storageClass: 'A', copy: '1' }] },
      'classes[0].copy in plan.json is a number',
    ],
  ])('is refused where it is wrong: %#', (estimate, message) => {
    expect(() => parseCostEstimate(estimate, 'plan.json')).toThrow(message);
  });
});
