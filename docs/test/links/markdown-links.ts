/** A link or picture of a page. */
export interface Link {
  readonly target: string;
  /** Of the page, from 1. */
  readonly line: number;
}

const FORMS = [
  /\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/g, // [text](target "title"), ![text](target)
  /^\[[^\]]+\]:\s+<?([^\s>]+)>?/gm, // [name]: target
  /<(https?:[^\s>]+)>/g,
  /\b(?:href|src)="([^"]+)"/g,
];

/** The links of a page, but for those in code. */
export function linksOf(text: string): readonly Link[] {
  const prose = withoutCode(text);
  return FORMS.flatMap((form) =>
    [...prose.matchAll(form)].map(({ 1: target = '', index }) => ({
      target,
      line: prose.slice(0, index).split('\n').length,
    })),
  );
}

/** Every place that a page has: its headings as GitHub names them, and ids of its own. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const prose = text.replaceAll(FENCED, (block) => block.replaceAll(/[^\n]/g, ''));
  const anchors = new Set<string>();
  for (const [, title = ''] of prose.matchAll(/^#{1,6} +(.*?)(?: +#+)?$/gm)) {
    const plain = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '');
    anchors.add(nextFree(slugOf(plain), anchors));
  }
  for (const [, id = ''] of prose.matchAll(/\b(?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

/** The id that GitHub gives to a heading, and this site after it. */
export function slugOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

const FENCED = /^( *)(`{3,})[^\n]*\n[\s\S]*?^\1\2 *$/gm;

/** With lines and places as they were. */
function withoutCode(text: string): string {
  const blank = (code: string) => code.replaceAll(/[^\n]/g, ' ');
  return text.replaceAll(FENCED, blank).replaceAll(/(`+)(?!`)[^\n]*?[^`\n]\1(?!`)/g, blank);
}

function nextFree(slug: string, taken: ReadonlySet<string>): string {
  if (!taken.has(slug)) return slug;
  let number = 1;
  while (taken.has(`${slug}-${number}`)) number += 1;
  return `${slug}-${number}`;
}
