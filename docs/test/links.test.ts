import { describe, expect, it } from 'vitest';
import { deadLinksOf } from './links/dead-links.ts';
import { anchorsOf, linksOf, slugOf } from './links/markdown-links.ts';
import { markdownPages } from './pages.ts';

const pages = await markdownPages();

it('no link of any page leads to nothing', async () => {
  const dead = (await Promise.all(pages.map(deadLinksOf))).flat();
  expect(dead, dead.join('\n')).toEqual([]);
  expect(pages.flatMap(({ text }) => linksOf(text)).length).toBeGreaterThan(200);
});

describe('a dead link is found', () => {
  const page = (text: string) => deadLinksOf({ path: 'docs/guide/a.md', text });

  it.each([
    ['a file that is not there', '[a](../nowhere.md)', 'leads to nothing'],
    ['a heading that is not there', '[a](#nowhere)\n# A', 'has an anchor that is not there'],
    ['a heading of another page', '[a](aws.md#nowhere)', 'has an anchor that is not there'],
    ['a picture', '![a](../images/nowhere.svg)', 'leads to nothing'],
    ['by name', '[a]\n\n[a]: nowhere.md', 'leads to nothing'],
    ['in HTML', '<img src="nowhere.png">', 'leads to nothing'],
    ['outside', '[a](../../../elsewhere)', 'leads'],
    ['of the site', '[a](/guide/nowhere)', 'leads to nothing'],
    ['an address without a host', '[a](https://nowhere/x)', 'names no host'],
  ])('%s', async (_, text, mistake) => {
    const found = await page(text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(mistake);
  });

  it('and none in code, which is shown as it stands', async () => {
    expect(await page('`[a](nowhere.md)`\n\n```md\n[a](nowhere.md)\n```\n')).toEqual([]);
  });
});

it('names headings as GitHub does', () => {
  expect(slugOf('Straight to the bucket: Uppy')).toBe('straight-to-the-bucket-uppy');
  expect(slugOf('4. `target`, and the end')).toBe('4-target-and-the-end');
  expect([...anchorsOf('# A\n## `A`\n## [B](x)\n```sh\n# C\n```')]).toEqual(['a', 'a-1', 'b']);
});
