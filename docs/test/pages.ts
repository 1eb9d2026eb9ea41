import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository, without a slash at its end. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A page of Markdown, by its path in the repository. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

const LEFT_OUT = /^(node_modules|dist|coverage|cache|\.git|\.turbo|\.pack)$/;

/** What is made of comments in the code and of the packages' READMEs, which are looked at where they are written. */
const GENERATED = /^docs\/(reference\/api|packages)$/;

/** Every page of Markdown below a folder of the repository, in the order of the paths. */
export async function markdownPages(folder = ''): Promise<readonly Page[]> {
  const pages: Page[] = [];
  const entries = await readdir(join(ROOT, folder), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (LEFT_OUT.test(entry.name) || GENERATED.test(path)) continue;
    if (entry.isDirectory()) pages.push(...(await markdownPages(path)));
    else if (entry.name.endsWith('.md'))
      pages.push({ path, text: await readFile(join(ROOT, path), 'utf8') });
  }
  return pages;
}

/** Pages whose examples are tried out: the READMEs of the root, the packages and the applications, and the documentation. */
export async function pagesWithExamples(): Promise<readonly Page[]> {
  const pages = await markdownPages();
  return pages.filter(({ path }) =>
    /^(README\.md|packages\/\w+\/README\.md|apps\/.*README\.md|docs\/.*)$/.test(path),
  );
}
