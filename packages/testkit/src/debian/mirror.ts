import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../daemons/command.js';
import { DebianUnavailableError } from './errors.js';
import { debianMirror, parseDeb822Sources, parseOneLineSources, type Source } from './sources.js';

export type Mirror = Pick<Source, 'uri' | 'signedBy'>;

/**
 * The mirror named by STORAGE_DEBIAN_MIRROR, else the one in apt's sources.
 * @throws DebianUnavailableError
 */
export async function configuredMirror(signal?: AbortSignal): Promise<Mirror> {
  const sources = await aptSources(signal);
  const { STORAGE_DEBIAN_MIRROR: named } = process.env;
  const mirror = named ? { uri: named } : debianMirror(sources);
  if (mirror !== undefined) return mirror;
  throw new DebianUnavailableError(
    'no-mirror',
    'apt is configured with no mirror of Debian: name one in STORAGE_DEBIAN_MIRROR (such as https://deb.debian.org/debian, with the package debian-archive-keyring installed)',
  );
}

async function aptSources(signal?: AbortSignal): Promise<Source[]> {
  const names = ['LIST', 'Dir::Etc::sourcelist/f', 'PARTS', 'Dir::Etc::sourceparts/d'];
  let output: string;
  try {
    output = await run('apt-config', ['shell', ...names], { signal });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new DebianUnavailableError(
      'no-apt',
      'packages of Debian are fetched with apt-get, and this system has none: use a Debian container',
    );
  }
  const path = (name: string) => new RegExp(`^${name}='(.*)'$`, 'm').exec(output)?.[1] ?? '';
  const parts = path('PARTS');
  const files = parts === '' ? [] : await readdir(parts).catch(() => []);
  const read = (file: string) => readFile(file, 'utf8').catch(() => '');
  const sources = parseOneLineSources(path('LIST') === '' ? '' : await read(path('LIST')));
  for (const file of files.sort()) {
    if (file.endsWith('.list')) sources.push(...parseOneLineSources(await read(join(parts, file))));
    if (file.endsWith('.sources')) {
      sources.push(...parseDeb822Sources(await read(join(parts, file))));
    }
  }
  return sources;
}
