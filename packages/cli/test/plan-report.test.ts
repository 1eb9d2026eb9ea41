import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MigrationPlan, ProblemKind } from '@org/storage-migration';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ADVICE } from '../src/plan/advice.js';
import { clip, table, wrap } from '../src/plan/layout.js';
import { formatMoney } from '../src/plan/money.js';
import { nextLines } from '../src/plan/next.js';
import { choosePrices } from '../src/plan/prices.js';
import { reportLines } from '../src/plan/report.js';
import { plain } from '../src/watch/colour.js';
import { temporaryDirectory } from './fixtures.js';

afterEach(() => void vi.unstubAllEnvs());

const count = { files: 12_345_678, bytes: 987_654_321_012_345 };
const long = `${'directory-with-a-long-name/'.repeat(12)}file.jpg`;

/** All that a plan can have, and much of it. */
const PLAN: MigrationPlan = {
  version: 1,
  created: new Date(0),
  outcome: 'incomplete',
  inventory: {
    ...count,
    directories: 1_234_567,
    sizes: [
      { from: 0, below: 1, ...count },
      { from: 1024 ** 2, below: 16 * 1024 ** 2, ...count },
      { from: 16 * 1024 ** 3, ...count },
    ],
    types: Array.from({ length: 30 }, (_, i) => ({
      type: `application/vnd.openxmlformats-officedocument.${i}`,
      files: 400_000,
      bytes: 3e13,
    })),
    ages: [0, 1, 7, 30, 90, 365, 1095].map((withinDays) => ({ withinDays, ...count })),
    largest: Array.from({ length: 10 }, () => ({ key: long, size: 5e12 })),
  },
  problems: (Object.keys(ADVICE) as ProblemKind[]).map((kind) => ({
    kind,
    blocking: true,
    accepted: false,
    count: 1_234_567,
    examples: [{ path: long, detail: `differs from ${long}` }],
  })),
  checked: { opened: false, collisions: false, types: 0, clock: 'host', target: false },
  time: {
    ...{ low: 1e5, likely: 2e5, high: 3e5, measured: 'source', failure: 'the bucket is away' },
    sample: { files: 1000, bytes: 1e9 },
    concurrency: 16,
    parts: { list: 1e4, read: 1e5, send: 0 },
    limit: { side: 'source', by: 'files' },
    windows: [{ hours: 4, low: 7, high: 21 }],
  },
  cost: {
    ...{ provider: 'Amazon S3', region: 'ap-southeast-2', currency: 'USD', date: '2026-01-01' },
    sources: ['https://aws.amazon.com/s3/pricing/'],
    requests: { put: 98_765_432, get: 12_345_678 },
    transferIn: 0,
    classes: ['STANDARD', 'INTELLIGENT_TIERING'].map((storageClass) => ({
      ...{ storageClass, copy: 12_345.67, verify: 1234.56, retire: 1234.56, readBack: 123_456.7 },
      ...{ storage: 98_765.43, billedBytes: 2e15, thousandDeletes: 0.005, minimumDays: 0 },
    })),
  },
  leftover: { prefix: '.storage/plan-1/', message: 'access denied' },
};

describe('a report', () => {
  it.each([80, 110])('of a large plan fits into %i columns', (columns) => {
    const lines = reportLines(PLAN, {
      ...{
        source: `/${long}`,
        target: 's3://bucket/files/',
        columns,
        paint: plain,
        next: ['storage plan'],
      },
    });
    expect(lines.filter((line) => [...line].length > columns)).toEqual([]);
    expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
    expect(lines.join('\n')).toContain('Remove by hand what is below .storage/plan-1/');
  });

  it('paints nothing but what has been laid out', () => {
    const context = { source: '/srv', columns: 80, next: ['storage plan'] };
    const bare = reportLines(PLAN, { ...context, paint: plain });
    const painted = reportLines(PLAN, {
      ...context,
      paint: (style, text) => `<${style}>${text}</>`,
    });
    expect(painted.map((line) => line.replace(/<\/?\w*>/g, ''))).toEqual(bare);
    expect(painted.join('\n')).toContain('<red>blocking  </>');
  });

  it('of an empty directory is short', () => {
    const { time, cost, leftover, ...plan } = PLAN;
    const inventory = {
      files: 0,
      bytes: 0,
      directories: 0,
      sizes: [],
      types: [],
      ages: [],
      largest: [],
    };
    const lines = reportLines(
      { ...plan, outcome: 'ready', inventory, problems: [] },
      { source: '/srv', columns: 80, paint: plain, next: [], noPrices: 'nobody knows' },
    );
    expect(lines).toContain('  no file could be read to measure it');
    expect(lines).toContain('  Not estimated: nobody knows.');
    expect(lines).not.toContain('Inventory');
  });
});

describe('prices', () => {
  it('are those of the region, and none where they are not known', () => {
    vi.stubEnv('AWS_REGION', '');
    expect(choosePrices(undefined, { region: 'eu-west-1' }).list?.region).toBe('eu-west-1');
    expect(choosePrices(undefined, { region: 'mars-1' })).toEqual({
      why: expect.stringContaining('no prices are known of mars-1, only of us-east-1,'),
    });
    expect(choosePrices(undefined, {})).toEqual({ why: expect.stringContaining('--region') });
    const elsewhere = { endpoint: 'https://s3.example.org', region: 'us-east-1' };
    expect(choosePrices(undefined, elsewhere)).toEqual({
      why: expect.stringContaining('s3.example.org'),
    });
    vi.stubEnv('AWS_REGION', 'us-east-1');
    expect(choosePrices(undefined, {}).list?.region).toBe('us-east-1');
  });

  it('in a file that is no price list are refused with its name', async () => {
    const file = join(await temporaryDirectory(), 'prices.json');
    expect(() => choosePrices(file, {})).toThrow(/prices\.json is not a price list: ENOENT/);
    await writeFile(file, '{');
    expect(() => choosePrices(file, {})).toThrow(/prices\.json is not a price list/);
    await writeFile(file, '{"version": 2}');
    expect(() => choosePrices(file, {})).toThrow(/version in .*prices\.json is 1/);
  });
});

describe('layout', () => {
  it('sets columns apart by their widest cells', () => {
    const rows = [['a', '1'], ['bbb', '22'], []];
    expect(table(rows, ['left', 'right'])).toEqual(['a     1', 'bbb  22', '']);
  });

  it('breaks between words, and nowhere else', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('incomprehensible', 5)).toEqual(['incomprehensible']);
  });

  it('keeps both ends of a text that is too long', () => {
    expect(clip('abcdefgh', 5)).toBe('ab…gh');
    expect(clip('abcde', 5)).toBe('abcde');
  });

  it('shows no money as nothing', () => {
    expect(formatMoney(0.001, 'USD')).toBe('< $0.01');
    expect(formatMoney(0, 'USD')).toBe('$0.00');
    expect(formatMoney(0.4, 'JPY')).toBe('< ¥1');
    expect(formatMoney(1234.5, 'EUR')).toBe('€1,234.50');
  });
});

describe('the next commands', () => {
  it('are words of a shell', () => {
    const plan: MigrationPlan = { ...PLAN, outcome: 'ready', problems: [] };
    expect(nextLines(plan, "it's here", 's3://b', { region: 'eu-1' })).toEqual([
      "storage plan 'it'\\''s here' s3://b --region eu-1 --measure target",
      "storage migrate 'it'\\''s here' s3://b --region eu-1",
    ]);
  });

  it('say where to see all problems, and accept what can be accepted', () => {
    expect(nextLines(PLAN, 'dir', undefined, {})).toEqual([
      'storage plan dir s3://BUCKET/PREFIX --problems problems.jsonl',
      'storage plan dir s3://BUCKET/PREFIX --accept unreadable,invalid-name,link,special',
    ]);
  });
});
