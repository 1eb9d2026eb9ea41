import { basename, join } from 'node:path';
import type { Architecture } from './architecture.js';

export interface DebianCommand {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * The command that runs a program by the dynamic linker and the libraries that were unpacked with it, whatever libc this system has.
 * @param path of the program below the directory.
 * @param more directories of libraries, below that of the libraries.
 */
export function debianCommand(
  root: { readonly directory: string; readonly architecture: Architecture },
  path: string,
  args: readonly string[],
  more: readonly string[] = [],
): DebianCommand {
  const { triplet, linker } = root.architecture;
  const libraries = join(root.directory, 'usr', 'lib', triplet);
  return {
    file: join(libraries, linker),
    args: [
      ...['--library-path', [libraries, ...more.map((name) => join(libraries, name))].join(':')],
      ...['--argv0', basename(path)],
      join(root.directory, path),
      ...args,
    ],
  };
}
