import { DebianUnavailableError } from './errors.js';

/** What Debian calls this kind of machine. */
export interface Architecture {
  readonly name: 'amd64' | 'arm64';
  /** The folder under `usr/lib` that holds the libraries. */
  readonly triplet: string;
  /** The dynamic linker, in that folder. */
  readonly linker: string;
}

/**
 * @throws DebianUnavailableError where Debian's binaries don't run.
 */
export function architectureOf(
  platform: string = process.platform,
  machine: string = process.arch,
): Architecture {
  if (platform === 'linux' && machine === 'x64')
    return { name: 'amd64', triplet: 'x86_64-linux-gnu', linker: 'ld-linux-x86-64.so.2' };
  if (platform === 'linux' && machine === 'arm64')
    return { name: 'arm64', triplet: 'aarch64-linux-gnu', linker: 'ld-linux-aarch64.so.1' };
  throw new DebianUnavailableError(
    'platform',
    `packages of Debian run on Linux on x86_64 or arm64 only, not on ${platform} ${machine}: use a Debian container`,
  );
}
