import { describe, expect, it } from 'vitest';
import type { Page } from './pages.ts';
import { blocksOf } from './snippets/blocks.ts';
import { modulesOf } from './snippets/modules.ts';
import { mistakesIn } from './snippets/program.ts';
import { runPage } from './snippets/run.ts';

const page = (...blocks: readonly string[]): Page => ({
  path: 'docs/guide/example.md',
  text: ['# A page', ...blocks].join('\n\n'),
});

const block = (info: string, ...code: readonly string[]) =>
  `\`\`\`${info}\n${code.join('\n')}\n\`\`\``;

const MEMORY = "import { MemoryStorageProvider } from '@org/storage-core';";

describe('an example that does not work is found', () => {
  it.each<[string, string, RegExp]>([
    ['a script that fails', block('sh', 'true', 'false'), /example.md:4: ended with 1/],
    ['a command that does', block('sh', 'storage migrate --nonsense'), /ended with 2/],
    ['a script with another exit code', block('sh exits 3', 'true'), /ended with 0 instead of 3/],
    [
      'one that never says it',
      block('sh until "ready"', 'echo steady'),
      /without having written "ready"/,
    ],
    ['a module that throws', block('ts', "throw new Error('no')"), /example.md:4: Error: no/],
    ['a promise that nobody awaits', block('ts', "Promise.reject(new Error('lost'))"), /lost/],
    ['another text', block('ts', "console.log('a'); // b"), /does not write\n {2}b/],
    ['a setting', block('yaml', 'storages:', '  a: { provider: local, rooot: ./a }'), /rooot/],
    ['of a fragment', block('yaml', 'target:', '  provider: s3', '  buckett: a'), /buckett/],
    ['JSON', block('json', '{ "a": 1, }'), /JSON/],
  ])('%s', async (_, text, message) => {
    await expect(runPage(page(text))).rejects.toThrow(message);
  });

  it('types, in the line of the page', () => {
    const text = block('ts', MEMORY, 'new MemoryStorageProvider({ nam: 1 });');
    const [first = ''] = mistakesIn(modulesOf(page('A line.', text)));
    expect(first).toContain('docs/guide/example.md:7: ');
    expect(first).toContain("'nam' does not exist");
  });

  it('names that only the block before has', () => {
    const first = block('ts', MEMORY, 'const files = new MemoryStorageProvider();');
    const alone = mistakesIn(modulesOf(page(first, block('ts', 'await files.close();'))));
    expect(alone.join()).toContain("Cannot find name 'files'");
    const text = page(first, block('ts continued', MEMORY, 'await files.close();'));
    expect(mistakesIn(modulesOf(text))).toEqual([]);
  });
});

describe('a block', () => {
  it.each([
    ['that is not run says why', block('sh no-run', 'true')],
    ['has no words that mean nothing', block('sh norun "because"', 'true')],
    ['ends', '```sh\ntrue'],
  ])('%s', (_, text) => {
    expect(() => blocksOf(page(text))).toThrow('docs/guide/example.md:4');
  });

  it('may stand in a list, and name its file', () => {
    const text =
      '1. First\n\n   ```ts [a.ts] no-run "why" \n   const a = 1;\n\n     const b = 2;\n   ```';
    expect(blocksOf({ path: 'a.md', text })).toMatchObject([
      {
        language: 'ts',
        file: 'a.ts',
        trial: 'no-run',
        reason: 'why',
        line: 4,
        code: 'const a = 1;\n\n  const b = 2;',
      },
    ]);
  });
});

it('a page that works', { timeout: 120_000 }, async () => {
  await runPage(
    page(
      block(
        'ts [serve.ts]',
        "import { createServer } from 'node:http';",
        'createServer((_, answer) => answer.end("hi")).listen(8080, "127.0.0.1", () => console.log("ready"));',
      ),
      block('sh until "ready"', 'node serve.js'),
      block('sh', 'export GREETING=hello'),
      block('sh', 'test "$GREETING" = hello'),
      block('ts', "console.log('one of two'); // one … two"),
    ),
  );
});
