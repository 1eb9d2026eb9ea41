import { printable } from '../format.js';

/** HTML that may go into a page as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Value = Markup | string | number | readonly Markup[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template whose values become text, whatever is in them, unless they are markup themselves. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const parts = strings.map((string, index) => {
    const value = values[index];
    return value === undefined ? string : string + markupOf(value);
  });
  return new Markup(parts.join(''));
}

export const NOTHING = new Markup('');

function markupOf(value: Value): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return value.map(({ text }) => text).join('');
  return printable(value).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
