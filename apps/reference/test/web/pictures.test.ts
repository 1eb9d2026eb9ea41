import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MIGRATION } from './states/migration.js';
import { PAGES } from './states/pages.js';
import { IMAGES, PAGE, pageOfPictures, pictureName } from './states/pictures.js';
import { LOOKS } from './states/state.js';

it('the documentation pictures each page that is looked at, and nothing else', async () => {
  const states = [...PAGES, ...MIGRATION];
  const names = states.flatMap((state) => LOOKS.map((look) => pictureName(state, look)));
  expect((await readdir(IMAGES)).sort()).toEqual(names.sort());
  expect(await readFile(PAGE, 'utf8')).toBe(pageOfPictures());
});

it('a picture is below 60 KB, and all of them below 3 MB', async () => {
  const names = await readdir(IMAGES);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(IMAGES, name))).size));
  expect(Math.max(...sizes)).toBeLessThan(60_000);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3_000_000);
});
