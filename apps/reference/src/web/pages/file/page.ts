import type { FileView } from '../../../api-types.js';
import { api } from '../../api/client.js';
import { ApiError } from '../../api/error.js';
import { type Child, element, fill } from '../../dom/element.js';
import type { PageContext, PageFactory } from '../../page.js';
import { buttonLink } from '../../parts/button.js';
import { card } from '../../parts/card.js';
import { pageHeader } from '../../parts/layout.js';
import { loaded } from '../../parts/loaded.js';
import { menuButton } from '../../parts/menu.js';
import { emptyState } from '../../parts/notice.js';
import { skeleton } from '../../parts/skeleton.js';
import { bytes } from '../../text/quantity.js';
import { downloadUrl, fileMenu } from '../files/actions.js';
import { breadcrumbs } from '../files/breadcrumbs.js';
import { folderPath } from '../files/query.js';
import { details } from './details.js';
import { preview } from './preview.js';
import { shares } from './shares.js';

/** One file: its content, what is known of it, and who may have it. */
export const filePage: PageFactory = (context) => {
  const id = context.parameters['id'] ?? '';
  const content = loaded({
    placeholder: [skeleton(1, 'line'), skeleton(1, 'block')],
    load: (signal) => find(id, signal),
    show: (file) => {
      if (file === undefined) return missing();
      document.title = `${file.name} · Storehouse`;
      return file.owner.id === context.session.user?.id || context.session.user?.role === 'admin'
        ? [head(file, context, () => void content.reload()), body(file, true)]
        : [head(file, context), body(file, false)];
    },
  });
  const view = element('div', { class: 'page' }, content.view);
  return { title: 'File', view, close: content.close };
};

async function find(id: string, signal: AbortSignal): Promise<FileView | undefined> {
  try {
    return await api.get<FileView>(`/api/files/${encodeURIComponent(id)}`, {}, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

function missing(): Child {
  return [
    pageHeader({ title: 'Not found' }),
    emptyState({
      icon: 'file',
      title: 'There is no such file for you',
      text: 'It was deleted, or its owner has made it private. Ask who gave you the address.',
      action: buttonLink({ text: 'Go to your files', href: '/', kind: 'primary' }),
    }),
  ];
}

function head(file: FileView, context: PageContext, changed?: () => void): HTMLElement {
  const actions = [
    buttonLink({
      text: 'Download',
      href: downloadUrl(file),
      icon: 'download',
      kind: 'primary',
      download: true,
    }),
    changed &&
      menuButton({
        label: 'More actions',
        icon: 'more',
        items: () =>
          fileMenu(file, file.folder, changed, () =>
            context.navigate(folderPath(file.folder), { replace: true }),
          ),
      }),
  ];
  return pageHeader({
    title: file.name,
    lead: bytes(file.size),
    above: changed && breadcrumbs(file.folder, false),
    actions,
  });
}

function body(file: FileView, own: boolean): HTMLElement {
  const side = element('div', { class: 'stack' });
  fill(side, card({ title: 'Details' }, details(file)), own && shares(file));
  return element(
    'div',
    { class: 'file' },
    element('section', { class: 'file-preview', 'aria-label': 'Preview' }, preview(file)),
    side,
  );
}
