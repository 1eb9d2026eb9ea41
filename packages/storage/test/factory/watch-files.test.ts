import { mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileWatcher } from '../../src/factory/watch-files.js';
import { temporaryDirectory, until } from './fixtures.js';

const OFTEN = { every: 20, settle: 10 };
/** Only what the system tells of is seen in the time of a test. */
const RARELY = { every: 600_000, settle: 10 };

async function watching(files: readonly string[], options = RARELY) {
  let changes = 0;
  let total = 0;
  const told = () => {
    changes++;
    total++;
  };
  const watcher = new FileWatcher(told, options);
  onTestFinished(() => watcher.close());
  await watcher.follow(files);
  return {
    watcher,
    changed: async () => {
      await until(() => changes > 0);
      changes = 0;
    },
    total: () => total,
  };
}

describe('a watched file', () => {
  for (const [name, options] of [
    ['told of by the system', RARELY],
    ['looked at from time to time', OFTEN],
  ] as const) {
    describe(name, () => {
      it('is written in place', async () => {
        const file = join(await temporaryDirectory(), 'storage.yml');
        await writeFile(file, 'one');
        const { changed } = await watching([file], options);
        for (const text of ['two', 'three']) {
          await writeFile(file, text);
          await changed();
        }
      });

      it('is replaced by another one, again and again', async () => {
        const directory = await temporaryDirectory();
        const file = join(directory, 'storage.yml');
        await writeFile(file, 'one');
        const { changed } = await watching([file], options);
        for (const text of ['two', 'six']) {
          await writeFile(join(directory, '.new'), text);
          await rename(join(directory, '.new'), file);
          await changed();
        }
      });

      it('is behind a link that comes to lead elsewhere, as Kubernetes has it', async () => {
        const directory = await temporaryDirectory();
        const publish = async (version: string) => {
          await mkdir(join(directory, version));
          await writeFile(join(directory, version, 'storage.yml'), 'same length');
          await symlink(version, join(directory, '..data_tmp'));
          await rename(join(directory, '..data_tmp'), join(directory, '..data'));
        };
        await publish('..1');
        const file = join(directory, 'storage.yml');
        await symlink(join('..data', 'storage.yml'), file);
        const { changed } = await watching([file], options);
        await publish('..2');
        await rm(join(directory, '..1'), { recursive: true });
        await changed();
        await publish('..3');
        await rm(join(directory, '..2'), { recursive: true });
        await changed();
      });
    });
  }

  it('is a link to one in another directory, which is written in place', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'config'));
    await mkdir(join(directory, 'elsewhere'));
    const real = join(directory, 'elsewhere', 'real.yml');
    await writeFile(real, 'one');
    const file = join(directory, 'config', 'storage.yml');
    await symlink(real, file);
    const { changed } = await watching([file]);
    await writeFile(real, 'two');
    await changed();
  });

  it('is in a directory behind a link that comes to lead elsewhere, and is written there', async () => {
    const parent = await temporaryDirectory();
    const current = join(parent, 'current');
    for (const version of ['1', '2']) {
      await mkdir(join(parent, version));
      await writeFile(join(parent, version, 'storage.yml'), version);
    }
    await symlink('1', current);
    const { changed } = await watching([join(current, 'storage.yml')]);
    await symlink('2', `${current}.new`);
    await rename(`${current}.new`, current);
    await rm(join(parent, '1'), { recursive: true });
    await changed();
    await writeFile(join(parent, '2', 'storage.yml'), 'three');
    await changed();
  });

  it('goes away, and comes back', async () => {
    const file = join(await temporaryDirectory(), 'storage.yml');
    await writeFile(file, 'one');
    const { changed } = await watching([file]);
    await rm(file);
    await changed();
    await writeFile(file, 'one');
    await changed();
  });

  it('is in a directory that is replaced', async () => {
    const parent = await temporaryDirectory();
    const [config, next] = [join(parent, 'config'), join(parent, 'next')];
    for (const each of [config, next]) {
      await mkdir(each);
      await writeFile(join(each, 'storage.yml'), 'text');
    }
    const file = join(config, 'storage.yml');
    const { changed } = await watching([file], OFTEN);
    await rename(config, join(parent, 'old'));
    await rename(next, config);
    await changed();
    await writeFile(file, 'more text');
    await changed();
  });

  it('is one that others lie beside, and that is only looked at', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'storage.yml');
    await writeFile(file, 'one');
    const { watcher, changed, total } = await watching([file], OFTEN);
    for (let i = 0; i < 20; i++) await writeFile(join(directory, `${i}`), 'text');
    await utimes(join(directory, '1'), 1, 1);
    await writeFile(file, 'two');
    await changed();
    await watcher.close();
    expect(total()).toBe(1);
  });

  it('is another one from now on', async () => {
    const directory = await temporaryDirectory();
    const [one, two] = [join(directory, 'a', 'one'), join(directory, 'b', 'two')];
    for (const file of [one, two]) {
      await mkdir(join(file, '..'));
      await writeFile(file, 'text');
    }
    const { watcher, changed } = await watching([one]);
    await watcher.follow([one, two]);
    await changed(); // there is a file that was not looked at before
    await writeFile(two, 'other');
    await changed();
  });
});

it('a watcher that is closed holds nothing, and tells nothing', async () => {
  const file = join(await temporaryDirectory(), 'storage.yml');
  await writeFile(file, 'one');
  const events = () =>
    process.getActiveResourcesInfo().filter((name) => /FSEvent|FSReq/.test(name)).length;
  const before = events();
  const { watcher, total } = await watching([file], OFTEN);
  await writeFile(file, 'two');
  await watcher.close();
  await watcher.close();
  const told = total();
  await writeFile(file, 'three');
  await until(() => events() <= before);
  expect(total()).toBe(told);
});
