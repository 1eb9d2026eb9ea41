declare const etagBrand: unique symbol;

/**
 * An opaque token, without quotes, that differs between two contents of a key. It names content, not events: the same
 * bytes stored again may get the same ETag, so that an unchanged ETag never proves that nothing happened in between.
 */
export type ETag = string & { readonly [etagBrand]: true };

/** Takes the quotes and the weakness mark off an HTTP ETag. */
export function parseETag(header: string): ETag {
  const quoted = header.startsWith('W/') ? header.slice(2) : header;
  const bare = quoted.length > 1 && quoted.startsWith('"') && quoted.endsWith('"');
  return (bare ? quoted.slice(1, -1) : quoted) as ETag;
}
