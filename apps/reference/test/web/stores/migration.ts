import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Mode } from '@org/storage-hybrid';
import { migrate, openSqliteJournal, referenceUpdates } from '@org/storage-migration';
import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { openReferences } from '../../../src/server/database/database.js';
import { answer } from '../../client.js';
import { visit } from '../browser.js';
import { pdf, picture } from './documents.js';
import { administer, type Opened, rowNamed } from './file-life.js';
import { detail, openFile } from './pages.js';
import type { HybridSite } from './sites.js';

const GIVEN = {
  'paper.pdf': Uint8Array.from(pdf('Hello')),
  'Ü 日本.txt': 'some text',
};

/** All modes, one after the other, with the copying between. */
export function migration(opened: () => Opened<HybridSite>): void {
  let before: Readonly<Record<string, Seen>>;
  beforeAll(async () => {
    const { site, browser } = opened();
    const client = await site.app.client(site.app.user);
    await answer(client.upload({ ...GIVEN, 'photo.png': Uint8Array.from(await picture()) }), 201);
    before = await seenOf(site, browser);
  });

  describe.each(['source', 'prepare', 'hybrid', 'target'] as const)('in the mode %s', (mode) => {
    it('size, type, date, content and old address of files are what they were', async () => {
      const { site, browser } = opened();
      if (mode === 'target') await copy(site);
      site.mode = mode;
      expect(await seenOf(site, browser)).toEqual(before);
    });

    it('the administration works', async () => {
      const { site, browser } = opened();
      await administer(browser, site, PLACE[mode]);
    });
  });

  it('all files and rows have moved', async () => {
    const { site } = opened();
    expect(Object.keys(before).length).toBe(3);
    for (const name of Object.keys(before)) {
      const { provider, path, size } = await rowNamed(site, name);
      expect(provider, name).toBe('s3');
      expect((await site.stored.stat(path)).size, name).toBe(size);
    }
  });
}

const PLACE: Readonly<Record<Mode, 'Local' | 'S3'>> = {
  source: 'Local',
  prepare: 'Local',
  hybrid: 'S3',
  target: 'S3',
};

interface Seen {
  readonly details: readonly (string | null)[];
  readonly headers: readonly (string | null)[];
  readonly content: string;
  readonly address: string | null;
}

/** What people see of files, on their pages and in what is downloaded. */
async function seenOf(site: HybridSite, browser: Browser): Promise<Readonly<Record<string, Seen>>> {
  await using window = await visit(browser, site.app, { account: site.app.user });
  const { page } = window;
  const client = await site.app.client(site.app.user);
  const seen: Record<string, Seen> = {};
  for (const name of [...Object.keys(GIVEN), 'photo.png']) {
    await openFile(page, name);
    const details = await Promise.all(
      ['Size', 'Type', 'Uploaded', 'SHA-256'].map((entry) => detail(page, entry).textContent()),
    );
    const { id, path } = await rowNamed(site, name);
    const answered = await client.get(`/files/${id}/${encodeURIComponent(name)}`);
    const content = createHash('sha256')
      .update(Buffer.from(await answered.arrayBuffer()))
      .digest('hex');
    const headers = ['content-length', 'content-type', 'last-modified', 'etag'].map((header) =>
      answered.headers.get(header),
    );
    const address = (await client.get(`/uploads/${path}`)).headers.get('location');
    seen[name] = { details, headers, content, address };
  }
  return seen;
}

async function copy(site: HybridSite): Promise<void> {
  const endpoints = { source: site.local.name, target: `s3://${site.place.bucket}` };
  const file = join(site.directory, 'journal.sqlite');
  const journal = await openSqliteJournal({ file, endpoints });
  const references = await openReferences(site.app.database);
  const updates = referenceUpdates({ journal, references });
  try {
    const { local: source, stored: target } = site;
    const onEvent = updates.onEvent;
    const report = await migrate({ source, target, journal, live: true, onEvent });
    expect(report.outcome).toBe('complete');
  } finally {
    await updates.close();
    await references.close();
    await journal.close();
  }
}
