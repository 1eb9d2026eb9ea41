// npm run docs: the documentation as a site, on this machine, and again whenever a page is saved.
//   npm run docs:build   builds it into docs/.vitepress/dist: dead links fail, and so does a page that a browser
//   finds fault with; docs/look.mjs takes pictures, too
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, run } from './run.mjs';
import { setup } from './setup.mjs';

const docs = join(root, 'docs');

/** The packages' READMEs as pages of the site. */
function packagePages() {
  const pages = join(docs, 'packages');
  rmSync(pages, { recursive: true, force: true });
  mkdirSync(pages);
  for (const name of readdirSync(join(root, 'packages'))) {
    const text = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8');
    writeFileSync(join(pages, `${name}.md`), text);
  }
}

/** What the site has beside the pages of docs/: the API reference and the packages' READMEs. */
function generate() {
  run('docs/node_modules/.bin/typedoc', ['--options', 'docs/typedoc.config.mjs']);
  packagePages();
}

export function buildSite() {
  generate();
  run('docs/node_modules/.bin/vitepress', ['build', 'docs']);
  run('turbo', ['run', 'build', '--filter=@org/storage-testkit...', '--output-logs=errors-only']);
  run('node', ['docs/look.mjs']);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [mode, ...args] = process.argv.slice(2);
  setup();
  if (mode === 'build') {
    buildSite();
  } else {
    generate();
    run('docs/node_modules/.bin/vitepress', ['dev', 'docs', ...(mode ? [mode] : []), ...args]);
  }
}
