import { describe, expect, it } from 'vitest';
import { pagesWithExamples } from './pages.ts';
import { blocksOf } from './snippets/blocks.ts';
import { lanes } from './snippets/lanes.ts';
import { modulesOf } from './snippets/modules.ts';
import { mistakesIn } from './snippets/program.ts';
import { runPage } from './snippets/run.ts';

const pages = await pagesWithExamples();
const TRIED = /^(ts|js|mjs|sh|bash|yaml|json)$/;
const withBlocks = pages.filter((page) =>
  blocksOf(page).some(({ language }) => TRIED.test(language)),
);

it('is TypeScript that compiles, against the packages as they are', () => {
  const mistakes = mistakesIn(pages.flatMap(modulesOf));
  expect(mistakes, mistakes.join('\n')).toEqual([]);
});

it('is tried out, but for what can’t be here', () => {
  const blocks = pages.flatMap(blocksOf).filter(({ language }) => TRIED.test(language));
  const left = blocks.filter(({ trial }) => trial !== 'run');
  expect(left.length / blocks.length).toBeLessThan(0.25);
});

describe.concurrent('every example works', () => {
  const inLane = lanes(3); // more would be no faster on two cores
  it.each(withBlocks.map((page) => [page.path, page] as const))(
    '%s',
    { timeout: 300_000 },
    (_, page) => inLane(() => runPage(page)),
  );
});
