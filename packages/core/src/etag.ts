declare const etagBrand: unique symbol;

/**
 * An opaque token, without quotes, that differs between two contents of a key. It names content, not events: the same
 * bytes stored again may get the same ETag, so that an unchanged ETag never proves that nothing happened in between.
 */
export type ETag = string & { readonly [etagBrand]: true };

/** Takes the quotes and the weakness mark off an HTTP ETag. */
export function parseETag(header: string): ETag {
  return header.replace(/^W\//, '').replace(/^"(.*)"$/, '$1') as ETag;
}
