import { type Glyph, matchesGlyphs } from './wildcard.js';

/** What a policy variable stands for; undefined where the request has no such value. */
export type Variables = (name: string) => string | undefined;

/**
 * Whether the text is what a policy’s pattern says: `*` stands for any characters, `?` for one, `${*}`, `${?}` and `${$}` for
 * themselves, `${name}` for a value of the request. A pattern with a variable that the request has no value for matches nothing.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function matchesPattern(pattern: string, text: string, variables: Variables): boolean {
  const glyphs = glyphsOf(pattern, variables);
  return glyphs !== undefined && matchesGlyphs(glyphs, text);
}

/** The text with its variables filled in, its wildcards being characters like any other. */
export function expandVariables(text: string, variables: Variables): string | undefined {
  let expanded = '';
  for (const piece of piecesOf(text)) {
    const value = piece.variable ? variableValue(piece.text, variables) : piece.text;
    if (value === undefined) return undefined;
    expanded += value;
  }
  return expanded;
}

function glyphsOf(pattern: string, variables: Variables): Glyph[] | undefined {
  const glyphs: Glyph[] = [];
  for (const { text, variable } of piecesOf(pattern)) {
    const value = variable ? variableValue(text, variables) : text;
    if (value === undefined) return undefined;
    for (const character of value) {
      const wild = !variable && (character === '*' || character === '?');
      glyphs.push(wild ? { wild: character } : character);
    }
  }
  return glyphs;
}

function variableValue(name: string, variables: Variables): string | undefined {
  return name === '*' || name === '?' || name === '$' ? name : variables(name.toLowerCase());
}

function piecesOf(text: string): { readonly text: string; readonly variable: boolean }[] {
  // Every other piece is what a group of the expression has taken: the name of a variable.
  return text
    .split(/\$\{([^{}]+)\}/)
    .map((piece, index) => ({ text: piece, variable: index % 2 === 1 }));
}
