import type { FileMetadata } from '@org/storage-core';

/** An entity tag as a header has it, https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3 */
export interface EntityTag {
  /** With its quotes. */
  readonly opaque: string;
  readonly weak: boolean;
}

/** Milliseconds for which another change of a file might not show in its time: clocks of file systems move in steps. */
const UNSETTLED = 2_000;

/**
 * The tags that a file goes by, the one it is answered with first: the SHA-256 of its content, which stays when the file moves to another
 * store, and the store's own ETag, which clients may hold from a time when no SHA-256 was known. Without one, the tag of a file that
 * was changed just now is weak: a program that writes in place within the same tick of the clock would not change it.
 */
export function entityTags(file: FileMetadata, now: Date): readonly EntityTag[] {
  const { sha256 } = file.checksums;
  const own = quoted(file.etag, false);
  if (sha256 !== undefined) return [quoted(sha256, false), own];
  return [{ ...own, weak: now.getTime() - file.lastModified.getTime() < UNSETTLED }];
}

export function formatTag({ opaque, weak }: EntityTag): string {
  return weak ? `W/${opaque}` : opaque;
}

/** The tags of a header, or `*`. What is none is passed over. */
export function parseTags(header: string): '*' | readonly EntityTag[] {
  if (header.trim() === '*') return '*';
  return Array.from(
    header.matchAll(/(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g),
    ([, mark, opaque]) => ({
      opaque: opaque ?? '',
      weak: mark !== undefined,
    }),
  );
}

/** A tag of the file that the header names; the `strong` comparison takes no weak one for equal to anything. */
export function matchingTag(
  tags: readonly EntityTag[],
  asked: readonly EntityTag[],
  comparison: 'strong' | 'weak',
): EntityTag | undefined {
  return tags.find((tag) =>
    asked.some(
      ({ opaque, weak }) =>
        opaque === tag.opaque && (comparison === 'weak' || (!weak && !tag.weak)),
    ),
  );
}

/** A store's ETag may hold what a tag can't. */
function quoted(etag: string, weak: boolean): EntityTag {
  const opaque = /^[\x21\x23-\x7e]*$/.test(etag) ? etag : encodeURIComponent(etag);
  return { opaque: `"${opaque}"`, weak };
}
