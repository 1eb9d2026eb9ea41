import { createHash } from 'node:crypto';
import { parseETag, parseKey } from '@org/storage-core';
import { describe, expect, it } from 'vitest';
import {
  type CostEstimate,
  type JournalReport,
  migrationReport,
  pricesOf,
  reportCsv,
  reportHtml,
  reportMarkdown,
} from '../../src/index.js';
import { temporaryJournal } from '../fixtures.js';
import { parseCsv } from './csv-reader.js';
import { failed, withFiles, withRun } from './journals.js';

/** Names that mean something to whatever shows them. */
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'-alert(1)-'",
  '&lt;b&gt;',
  '\u202egnp.exe',
  'שלום عالم.txt',
  'line\r\nbreak\ttab\u001b[31mred',
  '=HYPERLINK("evil.example")',
  '+1+cmd|calc!A1',
  '-2',
  '@SUM(A1)',
  '＝1',
  'a,"b";c',
  '[link](javascript:alert(1))',
  '![x](evil.png)',
  '`code` ``more``',
  '`',
  'bar | bar',
  '<!-- comment -->',
  '*bold* _it_ # head',
  'javascript:alert(1)',
  'k'.repeat(1000),
  '😀'.repeat(250),
] as const;

/** A report in which each of the names is told as the example of a failure. */
async function hostileReport(): Promise<JournalReport> {
  const journal = await temporaryJournal();
  await withFiles(journal, [{ key: 'a', size: 2, result: failed('Timeout') }]);
  const sample = { second: 20, files: 3, bytes: 7, failed: 2, retries: 1 };
  await withRun(journal, 'migrate', [sample], 'incomplete');
  const examples = HOSTILE.map((name) => {
    return { key: parseKey(name), state: 'failed', message: `of ${name}` } as const;
  });
  const report = await migrationReport(journal);
  return { ...report, failures: [{ code: 'Timeout', files: 1, bytes: 2, examples }] };
}

describe('the page', () => {
  it('has nothing in it that names have brought in', async () => {
    const known = new Set(
      'html head meta title style body main header h1 dl dt dd div strong p section h2 figure figcaption span svg polygon polyline line text rect details summary table thead tbody tr th td bdi footer'.split(
        ' ',
      ),
    );
    const page = reportHtml(await hostileReport());
    const names = [...page.matchAll(/<\/?([^\s>/]*)/g)].map(([, name]) => name);
    expect(names.filter((name) => !known.has(name ?? '') && name !== '!doctype')).toEqual([]);
    expect(page).not.toMatch(/<[^>]* on\w+=/);
    expect(page).not.toContain('\u202e');
    expect(page).not.toContain('\u001b');
  });

  it('shows names as they are, as far as that is safe', async () => {
    const page = reportHtml(await hostileReport());
    expect(page).toContain('<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>');
    expect(page).toContain('<bdi>&amp;lt;b&amp;gt;</bdi>');
    expect(page).toContain('<bdi>\\u{202e}gnp.exe</bdi>');
    expect(page).toContain('<bdi>line\\x0d\\x0abreak\\x09tab\\x1b[31mred</bdi>');
    expect(page).toContain('<bdi>שלום عالم.txt</bdi>');
    expect(page).toContain(`${'k'.repeat(120)} … ${'k'.repeat(120)}`);
    expect(page).not.toContain('k'.repeat(121));
    expect(page).not.toContain('\ufffd');
  });

  it('asks for nothing, runs nothing, and its policy allows no more than its own style sheet', async () => {
    const page = reportHtml(await hostileReport());
    expect(page).not.toMatch(/<(script|link|img|iframe|object|embed|base|form)\b/);
    expect(page).not.toMatch(/<[^>]*\b(src|href|style)=/);
    expect(page).not.toMatch(/url\(|@import/);
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(page).toContain(`content="default-src 'none'; style-src 'sha256-${hash}'"`);
  });

  it('is well formed: every element that is opened is closed, and every id is there once', async () => {
    const page = reportHtml(await hostileReport());
    const open: string[] = [];
    for (const [, close, name = '', rest = ''] of page.matchAll(/<(\/?)([a-z]\w*)([^>]*)>/g)) {
      if (close !== '') expect(open.pop()).toBe(name);
      else if (name !== 'meta' && !rest.endsWith('/')) open.push(name);
    }
    expect(open).toEqual([]);
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, refs = ''] of page.matchAll(/aria-labelledby="([^"]*)"/g))
      for (const ref of refs.split(' ')) expect(ids).toContain(ref);
  });

  it('says in words what every chart shows, and has its figures in a table', async () => {
    const page = reportHtml(await hostileReport());
    const charts = page.match(/<svg role="img" aria-labelledby/g) ?? [];
    expect(page.match(/<figcaption/g)).toHaveLength(charts.length);
    expect(charts.length).toBeGreaterThan(3);
    expect(page).toContain('The figures behind the charts');
  });

  it('says that nothing has begun, where nothing has', async () => {
    const page = reportHtml(await migrationReport(await temporaryJournal()));
    expect(page).toContain('Not begun');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the table', () => {
  it('is CSV by RFC 4180, whatever the names, with no formula in it', async () => {
    const [head, ...records] = parseCsv(reportCsv(await hostileReport()));
    expect(head).toEqual(['section', 'row', 'column', 'value']);
    for (const record of records) expect(record).toHaveLength(4);
    const values = records.filter(([section]) => section === 'failures');
    const keys = values
      .filter(([, , column]) => column === 'for example')
      .map(([, , , key]) => key);
    const defused = HOSTILE.map((name) => (/^[=+\-@＝]/.test(name) ? `'${name}` : name));
    expect(keys).toEqual(defused);
    for (const key of keys) expect(key).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
  });

  it('has numbers as numbers, in bytes and seconds, and times in ISO 8601', async () => {
    const report = await hostileReport();
    const found = new Map(
      parseCsv(reportCsv(report)).map(([section, row, column, value]) => [
        `${section} ${row} ${column}`,
        value,
      ]),
    );
    expect(found.get('runs 1 time')).toMatch(/^\d/);
    expect(found.get('runs 1 started')).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    expect(found.get('timeline-migrate 1 files/s')).toBe('0.15');
    expect(found.get('states 1 bytes')).toBe('2');
  });
});

describe('the Markdown', () => {
  it('has names in code spans, in which nothing is markup, and cells that no name can end', async () => {
    const text = reportMarkdown(await hostileReport());
    for (const line of text.split('\n').filter((each) => each.startsWith('| '))) {
      // Outside of code spans there is no markup but the table's own.
      const outside = line.replace(/(`+)(?!`)(.*?[^`])\1(?!`)/g, '');
      expect(outside).not.toMatch(/[<>`[\]]/);
      expect(line.replaceAll('\\|', '').split('|').length).toBeGreaterThan(2);
    }
    expect(text).toContain('| `<script>alert(1)</script>` |');
    expect(text).toContain('| ``` `code` ``more`` ``` |');
    expect(text).toContain('| `` ` `` |');
    expect(text).toContain('| `bar \\| bar` |');
    expect(text).toContain('`line\\x0d\\x0abreak');
  });

  it('gives every row of a table as many cells as its head', async () => {
    for (const part of reportMarkdown(await hostileReport())
      .split('## ')
      .slice(1)) {
      const lines = part.split('\n').filter((line) => line.startsWith('|'));
      const cells = lines.map((line) => line.replaceAll('\\|', '').split('|').length);
      expect(new Set(cells).size).toBe(1);
    }
  });
});

describe('the cost of the target', () => {
  const cost: CostEstimate = {
    ...{ provider: '<AWS>', region: 'eu', currency: 'USD', date: '2026-11-01', sources: [] },
    ...{ requests: { put: 1, get: 0 }, transferIn: 0 },
    classes: [
      {
        ...{ storageClass: 'STANDARD', copy: 1.5, verify: 0.25, retire: 0.25, readBack: 9 },
        ...{ storage: 1234.5, billedBytes: 1, thousandDeletes: 0, minimumDays: 0 },
      },
    ],
  };

  it('is told where a plan has reckoned it', async () => {
    const report = await migrationReport(await temporaryJournal(), { cost });
    expect(reportMarkdown(report)).toContain('| `STANDARD` | 1,234.50 | 1.50 |');
    expect(reportHtml(report)).toContain('the prices of &lt;AWS&gt; in eu');
    expect(reportCsv(report)).toContain('cost,1,"a month, USD",1234.5\r\n');
    const without = await migrationReport(await temporaryJournal());
    expect(reportMarkdown(without)).not.toContain('Cost');
  });

  it('is reckoned for the files of the journal where there are prices', async () => {
    const journal = await temporaryJournal();
    await journal.startScan();
    await journal.recordSeen(
      ['a', 'b'].map((key) => ({
        ...{ type: 'file' as const, key: parseKey(key), size: 20 * 1024 ** 2 },
        ...{ etag: parseETag('1'), lastModified: new Date(0) },
      })),
    );
    const prices = pricesOf('us-east-1');
    const { cost: reckoned } = await migrationReport(journal, prices && { prices });
    expect(reckoned).toMatchObject({ provider: 'Amazon S3', requests: { put: 10 } }); // 3 parts, and 2
    const larger = await migrationReport(journal, { ...(prices && { prices }), partSize: 2 ** 24 });
    expect(larger.cost?.requests.put).toBe(8);
  });
});
