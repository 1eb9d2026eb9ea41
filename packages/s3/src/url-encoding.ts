/**
 * Undoes the encoding of names in a listing that was asked for with `encoding-type=url`: percent-encoded UTF-8, a space as
 * `+` or `%20`. `undefined` if the bytes are not UTF-8.
 */
export function decodeName(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded.replaceAll('+', '%20'));
  } catch {
    return undefined;
  }
}

/** The same for people: bytes that are not UTF-8 as `\xHH`. */
export function printableName(encoded: string): string {
  const bytes = encoded
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return bytes.replace(
    /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g,
    (sequence) => {
      const character = Buffer.from(sequence, 'latin1').toString('utf8');
      return character.includes('\ufffd') && sequence !== '\xef\xbf\xbd'
        ? Buffer.from(sequence, 'latin1').toString('hex').replace(/../g, '\\x$&')
        : character;
    },
  );
}

/** A key for the `x-amz-copy-source` header. */
export function encodeName(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}
