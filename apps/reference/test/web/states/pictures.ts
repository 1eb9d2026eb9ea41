import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { MIGRATION } from './migration.js';
import { PAGES } from './pages.js';
import { LOOKS, type Look } from './state.js';

const DOCS = new URL('../../../../../docs/', import.meta.url);

/** The pictures of the documentation, and the page that shows them. */
export const IMAGES = fileURLToPath(new URL('images/reference/', DOCS));
export const PAGE = fileURLToPath(new URL('reference/pictures.md', DOCS));

interface Named {
  readonly name: string;
  readonly title: string;
}

export function pictureName({ name }: Named, { colours, width }: Look): string {
  return `${name}-${colours}-${width}.webp`;
}

export function webp(screenshot: Buffer): Promise<Buffer> {
  return sharp(screenshot).webp({ quality: 56, effort: 6 }).toBuffer();
}

/** All pictures, each with its words. */
export function pageOfPictures(): string {
  return [
    '# Pictures of the reference application',
    'Each page and what can be met on it, in light and dark colours, 1280 and 390 pixels wide. They are taken from the running application, and this page is written, by',
    '```sh no-run "takes the pictures anew"\nnpx vitest run --project large apps/reference/test/web/screenshots.large.test.ts\n```',
    ...section(
      'For everyone',
      PAGES.filter(({ as }) => as === 'guest'),
    ),
    ...section(
      'Files',
      PAGES.filter(({ as }) => as === undefined),
    ),
    ...section(
      'Administration',
      PAGES.filter(({ as }) => as === 'admin'),
    ),
    ...section('The migration', MIGRATION),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function section(title: string, states: readonly Named[]): string[] {
  return [`## ${title}`, ...states.flatMap((state) => [`### ${state.title}`, table(state)])];
}

function table(state: Named): string {
  const cells = LOOKS.map((look) => {
    const says = `${state.title}, ${look.colours} and ${look.width}`;
    return `<img alt="${says}" src="../images/reference/${pictureName(state, look)}" width="${look.width === 'wide' ? 560 : 180}">`;
  });
  return cells.join('\n');
}
