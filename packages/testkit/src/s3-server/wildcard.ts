/** A character that stands for itself, or one that stands for others: `*` for any, `?` for one. */
export type Glyph = string | { readonly wild: '*' | '?' };

/** Whether the text is what the pattern says, in which `*` stands for any characters and `?` for one. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const glyphs = [...pattern].map(
    (character): Glyph =>
      character === '*' || character === '?' ? { wild: character } : character,
  );
  return matchesGlyphs(glyphs, text);
}

export function matchesGlyphs(pattern: readonly Glyph[], text: string): boolean {
  const characters = [...text];
  let at = 0;
  let star = -1;
  let retry = 0;
  // Going back to the last star alone keeps this linear in each factor, where an expression could be exponential.
  for (let index = 0; index < characters.length; ) {
    const expected = pattern[at];
    const wild = typeof expected === 'object' ? expected.wild : undefined;
    if (wild === '*') {
      star = at;
      retry = index;
      at += 1;
    } else if (wild === '?' || expected === characters[index]) {
      at += 1;
      index += 1;
    } else if (star >= 0) {
      retry += 1;
      index = retry;
      at = star + 1;
    } else {
      return false;
    }
  }
  while (isStar(pattern[at])) at += 1;
  return at === pattern.length;
}

function isStar(glyph: Glyph | undefined): boolean {
  return typeof glyph === 'object' && glyph.wild === '*';
}
