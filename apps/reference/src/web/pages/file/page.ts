import { api } from '../../api/client.js';
import type { StoredFile } from '../../api/types.js';
import { element, fill } from '../../dom/element.js';
import type { PageContext, PageFactory } from '../../page.js';
import { buttonLink } from '../../parts/button.js';
import { card } from '../../parts/card.js';
import { pageHeader } from '../../parts/layout.js';
import { loaded } from '../../parts/loaded.js';
import { menuButton } from '../../parts/menu.js';
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
    load: (signal) => api.get<StoredFile>(`/api/files/${encodeURIComponent(id)}`, {}, signal),
    show: (file) => {
      document.title = `${file.name} · Storehouse`;
      return file.owner.id === context.session.user?.id || context.session.user?.role === 'admin'
        ? [head(file, context, () => void content.reload()), body(file, true)]
        : [head(file, context), body(file, false)];
    },
  });
  const view = element('div', { class: 'page' }, content.view);
  return { title: 'File', view, close: content.close };
};

function head(file: StoredFile, context: PageContext, changed?: () => void): HTMLElement {
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

function body(file: StoredFile, own: boolean): HTMLElement {
  const side = element('div', { class: 'stack' });
  fill(side, card({ title: 'Details' }, details(file)), own && shares(file));
  return element(
    'div',
    { class: 'file' },
    element('section', { class: 'file-preview', 'aria-label': 'Preview' }, preview(file)),
    side,
  );
}
