import { StorageError } from '@org/storage-core';

/** Types that a browser runs, so that a pattern does not take them in by the way: they are named, or refused. */
const ACTIVE =
  /^(text\/(html|xml|xsl|javascript|ecmascript)|image\/svg\+xml|application\/((x-)?(java|ecma)script|xml|.*\+xml|wasm|x-shockwave-flash))$/;

const PATTERN = /^(\*\/\*|[a-z0-9!#$&^_.+-]+\/(\*|[a-z0-9!#$&^_.+-]+))$/;

/**
 * Whether a list such as `['image/*', 'application/pdf']` has a content type. Patterns do not stand for types that a browser runs, such as
 * `image/svg+xml` and `text/html`.
 */
export function allowedTypes(patterns: readonly string[]): (contentType: string) => boolean {
  const list = patterns.map((pattern) => {
    const lower = pattern.toLowerCase();
    if (PATTERN.test(lower)) return lower;
    throw new StorageError(
      'InvalidArgument',
      `${JSON.stringify(pattern)} is no type: use such as "application/pdf" or "image/*"`,
    );
  });
  return (contentType) => {
    const [type = ''] = contentType.toLowerCase().split(';');
    const bare = type.trim();
    if (list.includes(bare)) return true;
    if (ACTIVE.test(bare)) return false;
    return list.includes('*/*') || list.includes(`${bare.slice(0, bare.indexOf('/'))}/*`);
  };
}
