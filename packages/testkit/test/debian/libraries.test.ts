import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { libraryDirectories } from '../../src/debian/libraries.js';

test('libraries of a package’s own are found, after those of all', async () => {
  const root = await mkdtemp(join(tmpdir(), 'libraries-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const place = join(root, 'usr', 'lib', 'x86_64-linux-gnu');
  for (const file of ['libpulse.so.0', 'pulseaudio/libpulsecommon-16.1.so', 'gconv/UTF-16.so']) {
    await mkdir(join(place, file, '..'), { recursive: true });
    await writeFile(join(place, file), '');
  }
  expect(await libraryDirectories(root, 'x86_64-linux-gnu')).toEqual([
    place,
    join(root, 'lib', 'x86_64-linux-gnu'),
    join(place, 'pulseaudio'),
  ]);
});
