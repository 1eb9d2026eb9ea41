/** Where the repository is read. */
export const REPOSITORY = 'https://github.com/org/storage';

/** The file of the repository that a page of the site is made of, by its path below `docs`. */
export function sourceOf(page: string): string {
  const name = /^packages\/([\w-]+)\.md$/.exec(page)?.[1];
  return name === undefined ? `docs/${page}` : `packages/${name}/README.md`;
}

/** The address of the site for a file of the repository; `undefined` if the site has none. */
export function addressOf(file: string): string | undefined {
  if (file === 'README.md' || file === 'docs') return '/';
  const name = /^packages\/([\w-]+)(?:\/README\.md)?$/.exec(file)?.[1];
  if (name !== undefined) return `/packages/${name}`;
  const page = /^docs\/(.+?)(?:\.md)?$/.exec(file)?.[1];
  if (
    page === undefined ||
    !(file.endsWith('.md') || /^docs\/(decisions|manual|runbooks)\/?$/.test(file))
  )
    return undefined;
  return `/${page.replace(/(^|\/)(README|index)$/, '$1').replace(/^(decisions|manual|runbooks)$/, '$1/')}`;
}
