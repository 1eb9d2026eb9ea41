import { posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addressOf, REPOSITORY, sourceOf } from './places.ts';

const docs = fileURLToPath(new URL('..', import.meta.url));

/** As much of markdown-it as is needed. */
interface Token {
  readonly type: string;
  readonly children: readonly Token[] | null;
  attrGet(name: string): string | null;
  attrSet(name: string, value: string): void;
}

type Render = (tokens: readonly Token[], index: number, ...rest: readonly unknown[]) => string;

interface Markdown {
  readonly renderer: { readonly rules: { link_open?: Render } };
  readonly core: {
    readonly ruler: {
      push(
        name: string,
        rule: (state: { tokens: readonly Token[]; env: { path?: string } }) => void,
      ): void;
    };
  };
}

/** Pages link as files of the repository do, which is how GitHub shows them: here these are made links within the site, or to there. */
export function linksWithinSite(md: Markdown): void {
  md.core.ruler.push('links-within-site', ({ tokens, env }) => {
    if (env.path === undefined) return;
    const page = relative(docs, env.path);
    if (page.startsWith('reference/api/')) return;
    const folder = posix.dirname(sourceOf(page));
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.type === 'link_open' ? token.attrGet('href') : null;
      if (href !== null && /^(?![a-z][a-z\d+.-]*:|[#/])/i.test(href))
        token.attrSet('href', resolved(href, folder));
    }
  });
  const render = md.renderer.rules.link_open;
  if (render) md.renderer.rules.link_open = withAnchorsAsWritten(render);
}

/** VitePress would name the places in links as it names headings, which here are named as on GitHub. */
function withAnchorsAsWritten(render: Render): Render {
  return (tokens, index, ...rest) => {
    const [, anchor] = (tokens[index]?.attrGet('href') ?? '').split('#', 2);
    const html = render(tokens, index, ...rest);
    return anchor ? html.replace(/(href="[^"#]*)#[^"]*"/, `$1#${anchor}"`) : html;
  };
}

function resolved(href: string, folder: string): string {
  const [path = '', anchor] = href.split('#', 2);
  const file = posix.join(folder, decodeURIComponent(path)).replace(/\/$/, '');
  const address = addressOf(file) ?? `${REPOSITORY}/blob/main/${file}`;
  return anchor === undefined ? address : `${address}#${anchor}`;
}
