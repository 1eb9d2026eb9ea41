const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Gives a text a look, or leaves it as it is. */
export type Paint = (style: keyof typeof CODES, text: string) => string;

export const plain: Paint = (_, text) => text;

/** Colours where the terminal has them and nobody has asked for none (https://no-color.org). */
export function paintFor(terminal: { hasColors(): boolean }): Paint {
  if (!terminal.hasColors()) return plain;
  return (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m`;
}
