/** Everything below it can be made anew. */
export const THUMBNAILS = 'thumbnails/';

/** By the id of the file, whose content never changes. */
export function thumbnailKey(id: string): string {
  return `${THUMBNAILS}${id}.webp`;
}

/** The id of the file whose thumbnail is stored under a key. */
export function thumbnailOf(key: string): string | undefined {
  const [, id] = /^thumbnails\/([\w-]+)\.webp$/.exec(key) ?? [];
  return id;
}
