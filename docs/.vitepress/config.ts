import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { slugOf } from '../test/links/markdown-links.ts';
import { REPOSITORY } from './places.ts';
import { linksWithinSite } from './site-links.ts';

const docs = fileURLToPath(new URL('..', import.meta.url));

/** The pages of a folder, each by its heading. */
function pagesOf(folder: string, order: readonly string[] = []): DefaultTheme.SidebarItem[] {
  const rank = (name: string) => (order.indexOf(name) + order.length + 1) % (order.length + 1);
  return readdirSync(`${docs}${folder}`)
    .filter((file) => file.endsWith('.md') && !/^(index|README)\.md$/.test(file))
    .map((file) => file.slice(0, -'.md'.length))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map((name) => ({
      text: headingOf(`${folder}/${name}.md`),
      link: folder === '.' ? `/${name}` : `/${folder}/${name}`,
    }));
}

function headingOf(file: string): string {
  const text = readFileSync(`${docs}${file}`, 'utf8');
  return (/^# (.+)$/m.exec(text)?.[1] ?? file).replaceAll('`', '');
}

const sidebar: DefaultTheme.SidebarItem[] = [
  { text: 'Start in five minutes', link: '/start' },
  {
    text: 'Concepts',
    items: pagesOf('concepts', [
      'providers',
      'overlay',
      'modes',
      'tombstones',
      'journal',
      'integrity',
    ]),
  },
  {
    text: 'Guides',
    items: pagesOf('guide', [
      'live-migration',
      'express',
      'fastify',
      'nest',
      'next',
      'configuration',
      'aws',
      's3-compatible',
      'references',
    ]),
  },
  { text: 'Guarantees', link: '/guarantees' },
  { text: 'Comparison', link: '/comparison' },
  ...manual(),
  { text: 'Runbooks', link: '/runbooks/', items: pagesOf('runbooks'), collapsed: true },
  { text: 'Decisions', link: '/decisions/', items: pagesOf('decisions'), collapsed: true },
  { text: 'Benchmarks', items: pagesOf('benchmarks'), collapsed: true },
  { text: 'Packages', items: pagesOf('packages'), collapsed: true },
  { text: 'API', link: '/reference/api/', items: apiPages(), collapsed: true },
  { text: 'About', items: [...pagesOf('reference'), ...aboutPages()], collapsed: true },
];

/** The manual of the command, where there is one. */
function manual(): DefaultTheme.SidebarItem[] {
  if (!existsSync(`${docs}manual/README.md`)) return [];
  const order = ['setup', 'plan', 'migrate', 'verify', 'mode', 'retire', 'cutover', 'report'];
  const items = pagesOf('manual', [...order, 'references', 'exit-codes', 'environment', 'files']);
  return [{ text: 'Manual', link: '/manual/', items, collapsed: true }];
}

/** Pages of the folder itself that stand nowhere else. */
function aboutPages(): DefaultTheme.SidebarItem[] {
  const elsewhere = ['/start', '/guarantees', '/comparison'];
  return pagesOf('.').filter(({ link = '' }) => !elsewhere.includes(link));
}

/** What typedoc has written down of its pages. */
function apiPages(): DefaultTheme.SidebarItem[] {
  const pages: DefaultTheme.SidebarItem[] = [];
  const walk = (folder: string) => {
    for (const entry of readdirSync(`${docs}${folder}`, { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (entry.name.endsWith('.md') && entry.name !== 'index.md')
        pages.push({
          text: path.replace('reference/api/', '').replace(/\.md$/, ''),
          link: `/${path.replace(/\.md$/, '')}`,
        });
    }
  };
  walk('reference/api');
  return pages.sort((a, b) => ((a.text ?? '') < (b.text ?? '') ? -1 : 1));
}

export default defineConfig({
  title: 'storage',
  description: 'Files from disk to S3, while the application runs',
  lang: 'en',
  cleanUrls: true,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/icon.svg' }]],
  srcExclude: ['test/**', '**/node_modules/**'],
  rewrites: { ':folder/README.md': ':folder/index.md' },
  markdown: {
    anchor: { slugify: slugOf },
    config: (md) => md.use(linksWithinSite),
  },
  transformPageData(page) {
    if (page.filePath.startsWith('reference/api/')) page.frontmatter['editLink'] = false; // of comments in the code
  },
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Concepts', link: '/concepts/providers', activeMatch: '^/concepts/' },
      { text: 'Guides', link: '/guide/live-migration', activeMatch: '^/guide/' },
      { text: 'Runbooks', link: '/runbooks/', activeMatch: '^/runbooks/' },
      { text: 'API', link: '/reference/api/', activeMatch: '^/reference/api/' },
    ],
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    editLink: {
      // It runs in the browser, by its text alone: nothing from outside of it is there.
      pattern: ({ filePath }) => {
        const name = /^packages\/([\w-]+)\.md$/.exec(filePath)?.[1];
        const file = name === undefined ? `docs/${filePath}` : `packages/${name}/README.md`;
        return `https://github.com/org/storage/edit/main/${file}`;
      },
      text: 'Edit this page',
    },
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
    footer: { message: 'MIT licence' },
  },
});
