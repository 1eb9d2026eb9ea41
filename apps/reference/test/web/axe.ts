import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let source: Promise<string> | undefined;

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary: string }[];
}

/** What axe finds wrong with what a page shows, as a text for each. */
export async function violations(page: Page): Promise<string[]> {
  source ??= readFile(AXE, 'utf8');
  if (await page.evaluate('window.axe === undefined')) await page.evaluate(await source);
  const found = await page.evaluate<Violation[]>('axe.run().then(({ violations }) => violations)');
  return found.map(({ id, nodes }) => {
    const places = nodes.slice(0, 2).map(({ target, failureSummary }) => [target, failureSummary]);
    return `${id}: ${JSON.stringify(places)}`;
  });
}

/** Pixels by which the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('Math.max(0, document.documentElement.scrollWidth - innerWidth)');
}
