import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const SOURCE = fileURLToPath(new URL('../src/web/', import.meta.url));
const TARGET = fileURLToPath(new URL('../dist/web/', import.meta.url));

const common = {
  bundle: true,
  minify: true,
  sourcemap: true,
  metafile: true,
  target: ['chrome123', 'firefox128', 'safari18'],
  entryNames: 'assets/[name]-[hash]',
  chunkNames: 'assets/[name]-[hash]',
  assetNames: 'assets/[name]-[hash]',
  loader: { '.svg': 'copy' },
  legalComments: 'none',
} satisfies BuildOptions;

/**
 * Builds the pages into a directory, `dist/web` by default, and gives its path: `index.html`, and all else below `assets` under names
 * that change with the content, so that it can be cached for good.
 */
export async function buildWeb(directory = TARGET): Promise<string> {
  const source = (...names: string[]) => names.map((name) => join(SOURCE, name));
  const [pages, beforePaint] = await Promise.all([
    build({
      ...common,
      outdir: directory,
      entryPoints: source('main.ts', 'styles/main.css', 'icon.svg'),
      format: 'esm',
      splitting: true,
    }),
    // Not a module: modules wait until the page was painted.
    build({
      ...common,
      outdir: directory,
      entryPoints: source('theme/first-paint.ts'),
      format: 'iife',
    }),
  ]);
  const built = new Map<string, string>();
  for (const { metafile } of [pages, beforePaint]) {
    for (const [output, { entryPoint, inputs }] of Object.entries(metafile.outputs)) {
      const from = entryPoint ?? Object.keys(inputs)[0];
      if (output.endsWith('.map') || from === undefined) continue;
      built.set(webPath(SOURCE, from), webPath(directory, output));
    }
  }
  const html = await readFile(join(SOURCE, 'index.html'), 'utf8');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'index.html'), withBuiltNames(html, built));
  return directory;
}

/** Sources that the page names are replaced by what became of them. */
function withBuiltNames(html: string, built: ReadonlyMap<string, string>): string {
  return html.replace(/(src|href)="(\/[^"]+)"/g, (_, attribute: string, name: string) => {
    const path = built.get(name);
    if (path === undefined) throw new Error(`index.html names ${name}, which was not built`);
    return `${attribute}="${path}"`;
  });
}

function webPath(root: string, path: string): string {
  return `/${relative(root, path).split(sep).join('/')}`;
}
