import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { type Page, ROOT } from '../pages.ts';
import { blocksOf } from './blocks.ts';
import { missingNames, namesOf } from './names.ts';

/** A module made of a block and of those that go on from it. */
export interface Module {
  readonly page: string;
  /** Of the page: where its first block begins. */
  readonly line: number;
  readonly runs: boolean;
  /** Beside the page's given, where it is compiled. */
  readonly fileName: string;
  /** With the names that are given to it, in its first line. */
  readonly code: string;
  /** For each line of the code, that of the page. */
  readonly lines: readonly number[];
  /** The name under which other blocks import it, as they do a file of theirs: `stores.js`. */
  readonly file: string | undefined;
}

const LANGUAGES: Readonly<Record<string, string>> = { ts: 'mts', js: 'mjs', mjs: 'mjs' };

const GIVEN = join(ROOT, 'docs/test/given');

/** The file with what the fragments of a page take for given, whether there is one or not. */
export function givenOf(page: string): string {
  return join(GIVEN, `${slug(page)}.ts`);
}

/** `docs/guide/aws.md` → `guide-aws`; `packages/core/README.md` → `packages-core`. */
export function slug(page: string): string {
  if (page === 'README.md') return 'readme';
  const path = page.replace(/^docs\//, '').replace(/\/README\.md$/, '');
  return path.replace(/\.md$/, '').replaceAll('/', '-');
}

/** The modules of a page, in the order of their blocks. */
export function modulesOf(page: Page): readonly Module[] {
  const given = givenOf(page.path);
  const names = existsSync(given) ? namesOf(readFileSync(given, 'utf8')) : new Set<string>();
  const modules: (Omit<Module, 'code'> & { code: string; lines: number[] })[] = [];
  for (const block of blocksOf(page)) {
    const extension = LANGUAGES[block.language];
    if (extension === undefined || block.trial === 'no-check') continue;
    const before = modules.at(-1);
    const lines = block.code.split('\n').map((_, index) => block.line + index);
    if (block.continued && before) {
      before.code += `\n${withoutRepeatedImports(block.code, before.code)}`;
      before.lines.push(...lines);
    } else {
      modules.push({
        page: page.path,
        line: block.line,
        runs: block.trial === 'run',
        fileName: join(GIVEN, `${slug(page.path)}.${block.line}.${extension}`),
        code: block.code,
        lines,
        file: block.file,
      });
    }
  }
  return modules.map((module) => {
    const wanted = missingNames(module.code).filter((name) => names.has(name));
    // `export {}`: a block without imports is a module, too.
    const from =
      wanted.length > 0 ? `import { ${wanted.join(', ')} } from './${slug(page.path)}.js';` : '';
    return { ...module, code: `${from}export {};${module.code}` };
  });
}

/** What runs: JavaScript for Node 20. */
export function transpiled(code: string): string {
  return ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  }).outputText;
}

/** Lines are kept, so that those of the page can be told. */
function withoutRepeatedImports(code: string, before: string): string {
  const had = new Set(before.split('\n').filter((line) => /^import .* from /.test(line)));
  return code
    .split('\n')
    .map((line) => (had.has(line) ? '' : line))
    .join('\n');
}
