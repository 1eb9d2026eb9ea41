import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';
import { openBrowser } from '../browser.js';
import { fileLife, type Opened } from './file-life.js';
import { largeUploadByServer, largeUploadByTicket } from './large-upload.js';
import { migration } from './migration.js';
import { outageOfS3, outageWhileMoving, outageWithSpool } from './outage.js';
import type { S3Choice } from './s3-place.js';
import { hybridSite, openSite, type StoreName, type StoreSite, s3Site } from './sites.js';

/** The application end to end, in a browser, on an S3 server of choice. */
export function allStores(names: readonly StoreName[], choice: S3Choice): void {
  const browser = ownBrowser();
  const open = <S extends StoreSite>(site: () => Promise<S>) => opened(site, browser);
  describe.each(names)('files in %s', (name) => {
    fileLife(open(() => openSite(name, choice)));
  });
  describe('an upload', () => {
    largeUploadByTicket(open(() => hybridSite({ choice })));
    largeUploadByServer(open(() => s3Site(choice)));
  });
  describe('an outage of S3', () => {
    outageWhileMoving(open(() => hybridSite({ choice })));
    outageWithSpool(open(() => hybridSite({ choice, spool: true })));
    outageOfS3(open(() => s3Site(choice)));
  });
  describe('a migration', () => {
    migration(open(() => hybridSite({ choice })));
  });
}

function ownBrowser(): () => Browser {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());
  return () => browser;
}

function opened<S extends StoreSite>(
  open: () => Promise<S>,
  browser: () => Browser,
): () => Opened<S> {
  let site: S;
  beforeAll(async () => {
    site = await open();
  });
  afterAll(() => site?.close());
  return () => ({ site, browser: browser() });
}
