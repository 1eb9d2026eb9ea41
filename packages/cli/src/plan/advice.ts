import type { ProblemKind } from '@org/storage-migration';

interface Advice {
  /** What there is one of, and what there are many of. */
  readonly what: readonly [one: string, many: string];
  readonly toDo: string;
}

export const ADVICE: Readonly<Record<ProblemKind, Advice>> = {
  unreadable: {
    what: [
      'directory or file that can’t be looked at',
      'directories or files that can’t be looked at',
    ],
    toDo: 'Run as a user who may, or grant access: what is in them is not in the figures either. Or leave them out: --accept unreadable.',
  },
  'unreadable-file': {
    what: ['file that can’t be opened', 'files that can’t be opened'],
    toDo: 'Run as a user who may, or grant access. Their copies would fail.',
  },
  'invalid-name': {
    what: ['name that can’t be a key', 'names that can’t be keys'],
    toDo: 'Rename them (convmv does it for names that are not UTF-8). Or leave them out: --accept invalid-name.',
  },
  'long-key': {
    what: ['key that is too long behind the prefix', 'keys that are too long behind the prefix'],
    toDo: 'Shorten their paths, or take a shorter prefix. Their copies would fail.',
  },
  'too-large': {
    what: ['file that is too large for the server', 'files that are too large for the server'],
    toDo: 'Split them, or keep them elsewhere. Their copies would fail.',
  },
  'unconditional-parts': {
    what: [
      'file that is too large for one conditional request',
      'files that are too large for one conditional request',
    ],
    toDo: 'This server creates files conditionally up to 5 GiB only: take one that does so in parts, or keep them elsewhere. Their copies would fail.',
  },
  link: {
    what: ['symbolic link', 'symbolic links'],
    toDo: 'Put what they point to in their place. Or leave them out: --accept link.',
  },
  special: {
    what: ['socket, FIFO or device', 'sockets, FIFOs or devices'],
    toDo: 'They have no content that could be copied. Leave them out: --accept special.',
  },
  'just-written': {
    what: ['file that was just written', 'files that were just written'],
    toDo: 'If the application writes into files in place, migrate when it is quiet: a copy of what changes meanwhile is tried again, and fails in the end.',
  },
  'same-but-case': {
    what: [
      'key that differs from another by case alone',
      'keys that differ from another by case alone',
    ],
    toDo: 'Both are copied, since S3 keeps them apart. A disk that does not (macOS, Windows) can’t take both back.',
  },
  'same-but-form': {
    what: [
      'key that differs from another by Unicode form alone',
      'keys that differ from another by Unicode form alone',
    ],
    toDo: 'Both are copied, since S3 keeps them apart. They look the same: see that the application means the right one.',
  },
  'other-type': {
    what: [
      'file of the sample whose bytes are not what its name says',
      'files of the sample whose bytes are not what their name says',
    ],
    toDo: 'They are served as what their name says. Rename them, or set their type after the migration.',
  },
};
