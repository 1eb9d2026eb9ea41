/**
 * In YAML, `{ bucket: ${NAME} }` is not text but a map in a map. So that variables need no quotes, the characters within them that mean
 * something are read as others, of the private use area, one for one: places stay what they are.
 */
const REFERENCE = /\$\{[^{}\n]*\}/g;
const MEANING = /[{}[\],:#&*!|>%@? -]/g;

/** The first of the characters that stand for others. */
const FIRST = 0xf000;
const STANDING = /[\uf000-\uf07f]/g;

export function masked(text: string): string {
  if (text.search(STANDING) >= 0) return text; // they would not be told apart
  return text.replace(REFERENCE, (reference) =>
    reference.replace(MEANING, (character) => String.fromCharCode(FIRST + character.charCodeAt(0))),
  );
}

export function unmasked(text: string): string {
  return text.replace(STANDING, (character) =>
    String.fromCharCode(character.charCodeAt(0) - FIRST),
  );
}
