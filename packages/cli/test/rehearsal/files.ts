import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { contentOf, nameValue } from '../../../migration/test/live/content.js';

const IN_A_DIRECTORY = 40;

const NAMES = ['report.pdf', 'photo (1).jpg', 'Übersicht 日本.txt', 'notes'] as const;

/** The key of one of the files that are there at first. */
export function keyOf(file: number): string {
  return `${directoryOf(file)}${digits(file)} ${NAMES[Math.floor(file / 4) % NAMES.length]}`;
}

/** As a prefix. */
function directoryOf(file: number): string {
  return `${digits(Math.floor(file / IN_A_DIRECTORY))}/`;
}

/** The directory of a key, as a prefix. */
export function prefixOf(key: string): string {
  return key.slice(0, key.indexOf('/') + 1);
}

/** `still` nobody changes it · `busy` all processes work on it · `moved` one process gives it another name. */
export type Lot = 'still' | 'busy' | 'moved';

const LOTS: readonly Lot[] = ['still', 'busy', 'still', 'moved'];

export function lotOf(file: number): Lot {
  return LOTS[file % LOTS.length] ?? 'still';
}

/** What a file holds at first: up to 2 KiB. */
export function firstValueOf(file: number): string {
  return nameValue(`at first ${file}`, 60 + ((file * 7919) % 1989));
}

/** Plain files, of an application that has never heard of this library. */
export async function fill(root: string, files: number): Promise<void> {
  for (let file = 0; file < files; file++) {
    const path = join(root, keyOf(file));
    if (file % IN_A_DIRECTORY === 0) await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contentOf(firstValueOf(file)));
  }
}

function digits(number: number): string {
  return String(number).padStart(5, '0');
}
