import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Where the libraries of an unpacked system are. Some have private ones in a directory of their own, such as PulseAudio's, which they
 * find by an absolute path that names the directory of an installed system: those directories come last, and hide nothing.
 * @param directory what would be `/`.
 */
export async function libraryDirectories(directory: string, triplet: string): Promise<string[]> {
  const libraries = join(directory, 'usr', 'lib', triplet);
  const entries = await readdir(libraries, { withFileTypes: true });
  const own = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => {
        const files = await readdir(join(libraries, name));
        return files.some((file) => /^lib.*\.so/.test(file)) ? [join(libraries, name)] : [];
      }),
  );
  return [libraries, join(directory, 'lib', triplet), ...own.flat()];
}
