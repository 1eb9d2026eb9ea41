import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { overflow, violations } from './axe.js';
import { openBrowser } from './browser.js';
import { type Library, openLibrary } from './states/library.js';
import { MIGRATION } from './states/migration.js';
import { type Moving, openMoving } from './states/moving.js';
import { PAGES } from './states/pages.js';
import { IMAGES, PAGE, pageOfPictures, pictureName, webp } from './states/pictures.js';
import { eachLook, type Lived, type Look, type State } from './states/state.js';

let browser: Browser;
/** Where they are until all are there: the documentation never has some of before and some of now. */
let taken: string;

beforeAll(async () => {
  browser = await openBrowser();
  taken = await mkdtemp(join(tmpdir(), 'reference-pictures-'));
});

afterAll(async () => {
  await browser?.close();
  await rm(taken, { recursive: true, force: true });
});

async function picture<Place extends Lived>(place: Place, state: State<Place>): Promise<void> {
  const take = async (page: Page, look: Look) => {
    const found = { wrong: await violations(page), over: await overflow(page) };
    await writeFile(join(taken, pictureName(state, look)), await webp(await page.screenshot()));
    expect({ ...look, ...found }).toEqual({ ...look, wrong: [], over: 0 });
  };
  await eachLook(browser, place, state, take);
}

describe('the pages', () => {
  let library: Library;
  beforeAll(async () => {
    library = await openLibrary();
  });
  afterAll(() => library?.close());

  for (const state of PAGES) it(`${state.title} is pictured`, () => picture(library, state));
});

describe('the migration', () => {
  let moving: Moving;
  beforeAll(async () => {
    moving = await openMoving(240);
  });
  afterAll(() => moving?.close());

  for (const state of MIGRATION) it(`${state.title} is pictured`, () => picture(moving, state));
});

it('the documentation has all of them, and no others', async () => {
  const names = await readdir(taken);
  expect(names).toHaveLength(4 * (PAGES.length + MIGRATION.length));
  await rm(IMAGES, { recursive: true, force: true });
  await mkdir(IMAGES, { recursive: true });
  for (const name of names) await copyFile(join(taken, name), join(IMAGES, name));
  await writeFile(PAGE, pageOfPictures());
});
