// Looks at the built site: every link within it, in the files, and every page in a browser on a narrow screen.
//   --pictures DIRECTORY PATH…  takes pictures of these pages, wide and narrow, light and dark
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'docs/.vitepress/dist');

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
  '.json': 'application/json',
};

/** The file for a path of the site, as servers with clean URLs find it. */
async function fileFor(path) {
  const file = join(dist, decodeURIComponent(path));
  for (const each of [file, `${file}.html`, join(file, 'index.html')])
    if (existsSync(each) && (await stat(each)).isFile()) return each;
  return undefined;
}

async function htmlFiles(folder = dist) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await htmlFiles(path)));
    else if (entry.name.endsWith('.html') && entry.name !== '404.html') found.push(path);
  }
  return found.sort();
}

const addressOf = (file) =>
  `/${relative(dist, file)
    .replace(/(^|\/)index\.html$/, '$1')
    .replace(/\.html$/, '')}`;

/** Links to pages and places that the site does not have. */
async function deadLinks(files) {
  const pages = new Map();
  for (const file of files) {
    const html = await readFile(file, 'utf8');
    const ids = new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id));
    const links = [...html.matchAll(/<a [^>]*href="([^"]+)"/g)].map(([, href]) =>
      href.replaceAll('&amp;', '&'),
    );
    pages.set(file, { ids, links });
  }
  const dead = [];
  for (const [file, { links }] of pages) {
    for (const href of new Set(links)) {
      const url = new URL(href, `http://site${addressOf(file)}`);
      if (url.host !== 'site') continue;
      const target = await fileFor(url.pathname);
      const anchor = decodeURIComponent(url.hash.slice(1));
      const known =
        target && (anchor === '' || !pages.has(target) || pages.get(target).ids.has(anchor));
      if (!known) dead.push(`${addressOf(file)} leads to ${href}, which is not there`);
    }
  }
  return dead;
}

async function serve() {
  const server = createServer(async (request, response) => {
    const file = await fileFor(new URL(request.url, 'http://site').pathname);
    if (file === undefined) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** What a browser finds wrong: errors, other hosts, pages that are wider than the screen. */
async function faultsIn(addresses, { pictures, pictured }) {
  const { chromium: found } = await import(
    pathToFileURL(join(root, 'packages/testkit/dist/chromium.js'))
  );
  const { chromium } = createRequire(join(root, 'packages/http/package.json'))('playwright-core');
  const server = await serve();
  const origin = `http://127.0.0.1:${server.address().port}`;
  const { executablePath, args, env } = await found();
  const browser = await chromium.launch({ executablePath, args: [...args], env });
  const faults = [];
  try {
    for (const [width, height, colorScheme] of [
      [390, 844, 'light'],
      [1280, 900, 'dark'],
      [390, 844, 'dark'],
      [1280, 900, 'light'],
    ]) {
      const context = await browser.newContext({ viewport: { width, height }, colorScheme });
      const page = await context.newPage();
      let at = '';
      const note = (what) => faults.push(`${at} (${width}, ${colorScheme}): ${what}`);
      page.on('console', (message) => message.type() === 'error' && note(message.text()));
      page.on('pageerror', (error) => note(error.message));
      page.on('request', (request) => {
        if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(origin))
          note(`asks for ${request.url()}`);
      });
      const isFirst = width === 390 && colorScheme === 'light';
      for (at of isFirst ? addresses : pictured) {
        const answer = await page.goto(origin + at, { waitUntil: 'load' });
        if (answer?.status() !== 200) note(`is answered with ${answer?.status()}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        if (wide > width) note(`is ${wide} pixels wide`);
        if (pictured.includes(at)) {
          await page.waitForLoadState('networkidle');
          const name = `${at.replaceAll('/', '-').slice(1) || 'home'}-${width}-${colorScheme}.png`;
          await page.screenshot({ path: join(pictures, name), fullPage: false });
        }
      }
      await context.close();
    }
  } finally {
    await browser.close();
    server.close();
  }
  return faults;
}

const args = process.argv.slice(2);
const at = args.indexOf('--pictures');
const [, pictures = ''] = at < 0 ? [] : args.splice(at, 2);
if (pictures !== '') await mkdir(pictures, { recursive: true });
const files = await htmlFiles();
const faults = await deadLinks(files);
try {
  faults.push(
    ...(await faultsIn(files.map(addressOf), { pictures, pictured: pictures === '' ? [] : args })),
  );
} catch (error) {
  if (error?.name !== 'DebianUnavailableError') throw error;
  console.warn(`The pages were not looked at in a browser: ${error.message}`);
}
for (const fault of faults) console.error(fault);
console.log(`${files.length} pages, ${faults.length} faults`);
process.exitCode = faults.length === 0 && files.length > 0 ? 0 : 1;
