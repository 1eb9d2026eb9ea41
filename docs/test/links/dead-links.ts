import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type Page, ROOT } from '../pages.ts';
import { anchorsOf, type Link, linksOf } from './markdown-links.ts';

/** What is wrong with the links of a page, each with its line. Nothing is asked of other hosts. */
export async function deadLinksOf(page: Page): Promise<readonly string[]> {
  const dead: string[] = [];
  for (const link of linksOf(page.text)) {
    const mistake = await mistakeOf(link, page);
    if (mistake !== undefined) dead.push(`${page.path}:${link.line}: ${link.target} ${mistake}`);
  }
  return dead;
}

async function mistakeOf({ target }: Link, page: Page): Promise<string | undefined> {
  if (/^[a-z][a-z\d+.-]*:/i.test(target)) return mistakeOfAddress(target);
  const [path = '', anchor] = target.split('#', 2).map(decodeURIComponent);
  if (path === '') return anchorIn(page.text, anchor ?? '');
  const file = fileOf(path, page);
  if (file === undefined) return undefined;
  if (!existsSync(file)) return 'leads to nothing';
  if (relative(ROOT, file).startsWith('..')) return 'leads out of the repository';
  if (anchor === undefined) return undefined;
  const isPage = file.endsWith('.md') && (await stat(file)).isFile();
  if (!isPage)
    return /^L\d+(-L\d+)?$/.test(anchor) ? undefined : 'has an anchor that is of no page';
  return anchorIn(await readFile(file, 'utf8'), anchor);
}

function anchorIn(text: string, anchor: string): string | undefined {
  return anchorsOf(text).has(anchor) ? undefined : 'has an anchor that is not there';
}

function mistakeOfAddress(target: string): string | undefined {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (url === undefined) return 'is no address';
  if (url.protocol === 'mailto:') return undefined;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'is of no web page';
  return url.hostname.includes('.') || url.hostname === 'localhost' ? undefined : 'names no host';
}

/** A path that begins with a slash is of the site; what it generates is known when it is built, which looks at these links. */
function fileOf(path: string, page: Page): string | undefined {
  if (!path.startsWith('/')) return join(ROOT, dirname(page.path), path);
  if (/^\/(reference\/api|packages)\b/.test(path)) return undefined;
  const base = join(ROOT, 'docs', path);
  return (
    [`${base}.md`, join(base, 'index.md'), join(ROOT, 'docs/public', path)].find(existsSync) ?? base
  );
}
