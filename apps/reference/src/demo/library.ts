import { createHash } from 'node:crypto';
import { invoice, table, text, video } from './documents.js';
import { drawing, jpeg, png } from './pictures.js';

/** A file that the application has had for long. */
export interface LibraryFile {
  /** Where it is below the directory of the files. */
  readonly path: string;
  readonly name: string;
  readonly folder: string;
  readonly contentType: string;
  readonly content: Buffer;
  readonly sha256: string;
  readonly uploadedAt: Date;
}

interface Kind {
  readonly folder: string;
  readonly extension: string;
  readonly contentType: string;
  /** How many of a hundred files are of this kind. */
  readonly share: number;
  readonly content: (number: number) => Buffer | Promise<Buffer>;
}

const KINDS: readonly Kind[] = [
  {
    folder: 'Photos/Harbour',
    extension: 'jpg',
    contentType: 'image/jpeg',
    share: 12,
    content: jpeg,
  },
  { folder: 'Photos/Screens', extension: 'png', contentType: 'image/png', share: 10, content: png },
  {
    folder: 'Drawings',
    extension: 'svg',
    contentType: 'image/svg+xml',
    share: 10,
    content: drawing,
  },
  {
    folder: 'Invoices',
    extension: 'pdf',
    contentType: 'application/pdf',
    share: 16,
    content: invoice,
  },
  { folder: 'Notes', extension: 'txt', contentType: 'text/plain', share: 30, content: text },
  { folder: 'Reports', extension: 'csv', contentType: 'text/csv', share: 16, content: table },
  { folder: 'Clips', extension: 'mp4', contentType: 'video/mp4', share: 6, content: video },
];

const DAY = 86_400_000;

/** Files of all kinds, the same each time. */
export async function* library(count: number): AsyncGenerator<LibraryFile, void, undefined> {
  for (let number = 0; number < count; number++) {
    const { folder, extension, contentType, content } = kindOf(number);
    const uploadedAt = new Date(Date.UTC(2024, 0, 1) + ((number * 37) % 700) * DAY);
    const name = `${folder.split('/').at(-1)?.toLowerCase()}-${String(number).padStart(4, '0')}.${extension}`;
    const [year, month] = uploadedAt.toISOString().split('-');
    const made = await content(number);
    yield {
      ...{ path: `${year}/${month}/${name}`, name, folder, contentType, uploadedAt },
      ...{ content: made, sha256: sha256Of(made) },
    };
  }
}

export function sha256Of(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Kinds take turns, so that each is there in a small library, too. */
function kindOf(number: number): Kind {
  let place = (number * 41) % 100; // 41 and 100 have no divisor in common: each place comes up once in a hundred
  for (const kind of KINDS) {
    if (place < kind.share) return kind;
    place -= kind.share;
  }
  throw new Error('the shares of all kinds are a hundred');
}
