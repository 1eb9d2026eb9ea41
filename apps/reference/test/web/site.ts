import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStorageProvider } from '@org/storage-local';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { buildWeb } from '../../src/build-web.js';
import { type StartedApp, startApp } from '../app.js';
import { openBrowser, visit } from './browser.js';

/** Enough for the largest file of these tests. */
export const UPLOADS = { maxBytes: 300_000_000, types: [] };

/** The application with its pages, and what its files are in. */
export interface Site {
  readonly app: StartedApp;
  readonly local: LocalStorageProvider;
  /** A directory that is removed in the end. */
  readonly directory: string;
  close(): Promise<void>;
}

/** A directory that can be made to keep uploads waiting, or to refuse them. */
export class HeldProvider extends LocalStorageProvider {
  before: (key: string) => Promise<void> = () => Promise.resolve();

  override async upload(...[key, body, options]: Parameters<LocalStorageProvider['upload']>) {
    await this.before(key);
    return super.upload(key, body, options);
  }
}

/** Files in a directory. */
export async function localSite(): Promise<Site & { readonly local: HeldProvider }> {
  const directory = await mkdtemp(join(tmpdir(), 'reference-web-'));
  const webRoot = await buildWeb(join(directory, 'web'));
  const root = join(directory, 'files');
  await mkdir(root);
  const local = new HeldProvider({ root });
  const app = await startApp({ storage: local, webRoot, uploads: UPLOADS });
  return {
    app,
    local,
    directory,
    close: async () => {
      await app.close();
      await local.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The application with files in a directory, and a browser, for the tests of a file. */
export function useLocalSite() {
  let site: Awaited<ReturnType<typeof localSite>>;
  let browser: Browser;
  beforeAll(async () => {
    [site, browser] = await Promise.all([localSite(), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  return {
    get app() {
      return site.app;
    },
    get local() {
      return site.local;
    },
    get directory() {
      return site.directory;
    },
    visit: (options?: Parameters<typeof visit>[2]) => visit(browser, site.app, options),
  };
}
