import { chown, mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diskId } from '../src/disk-id.js';
import { temporaryDirectory } from './fixtures.js';

describe('the id of a disk', () => {
  it('is made once, and read again', async () => {
    const directory = await temporaryDirectory();
    const id = diskId(directory);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(diskId(directory)).toBe(id);
    expect(await readdir(join(directory, '.storage'))).toEqual(['disk-id']);
    expect(diskId(await temporaryDirectory())).not.toBe(id);
  });

  it('is not taken from what something else has put there', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, '.storage'));
    await writeFile(join(directory, '.storage/disk-id'), 'mine');
    expect(() => diskId(directory)).toThrow(/remove it/);
    await rm(join(directory, '.storage'), { recursive: true });
    await symlink(await temporaryDirectory(), join(directory, '.storage'));
    expect(() => diskId(directory)).toThrow(/remove it/);
  });

  it('leaves the place to the owner of the directory', async () => {
    const directory = await temporaryDirectory();
    if (process.getuid?.() === 0) await chown(directory, 65_534, 65_534);
    diskId(directory);
    const owners = await Promise.all([stat(directory), stat(join(directory, '.storage'))]);
    expect(owners[1]?.uid).toBe(owners[0]?.uid);
  });
});
