import type { FileView, List, ShareView } from '../../../api-types.js';
import { api, describe } from '../../api/client.js';
import { type Child, element, fill } from '../../dom/element.js';
import { badge } from '../../parts/badge.js';
import { busy, button, iconButton } from '../../parts/button.js';
import { card } from '../../parts/card.js';
import { select } from '../../parts/field.js';
import { type Loaded, loaded } from '../../parts/loaded.js';
import { skeleton } from '../../parts/skeleton.js';
import { toast } from '../../parts/toast.js';
import { plural } from '../../text/quantity.js';
import { exactMoment } from '../../text/time.js';
import { copyButton } from './copy-button.js';

const HOUR = 3_600;

const LIFETIMES = [
  { value: String(HOUR), text: 'for an hour' },
  { value: String(24 * HOUR), text: 'for a day' },
  { value: String(7 * 24 * HOUR), text: 'for a week' },
  { value: String(30 * 24 * HOUR), text: 'for 30 days' },
] as const;

/** Links with which others get a file without an account, until they expire. */
export function shares(file: FileView): HTMLElement {
  const path = `/api/files/${file.id}/shares`;
  const list: Loaded = loaded({
    placeholder: skeleton(2),
    load: (signal) => api.get<Pick<List<ShareView>, 'items'>>(path, {}, signal),
    show: ({ items }): Child =>
      items.length === 0
        ? element('p', { class: 'soft' }, 'No links yet.')
        : element(
            'ul',
            { class: 'shares' },
            ...items.map((share) => row(share, () => void list.reload())),
          ),
  });
  const lifetime = select({
    label: 'A new link works',
    value: LIFETIMES[1].value,
    options: LIFETIMES,
  });
  const fresh = element('div', { class: 'share-fresh', hidden: true });
  const create = button({
    text: 'Create link',
    icon: 'link',
    onClick: () => {
      busy(create, api.post<ShareView>(path, { expiresIn: Number(lifetime.value) })).then(
        ({ url }) => {
          if (url !== null) fill(fresh, ...freshLink(new URL(url, location.href).href));
          fresh.hidden = url === null;
          toast('The link is ready. It is shown this once: copy it now.');
          return list.reload();
        },
        (error: unknown) => toast(describe(error), 'bad'),
      );
    },
  });
  return card(
    { title: 'Share links' },
    element('div', { class: 'share-new' }, lifetime.view, create),
    fresh,
    list.view,
  );
}

function freshLink(url: string): HTMLElement[] {
  return [
    element('input', { class: 'input', readonly: true, value: url, 'aria-label': 'New link' }),
    copyButton('Copy the link', () => url),
  ];
}

function row(share: ShareView, changed: () => void): HTMLLIElement {
  const expired = new Date(share.expiresAt) <= new Date();
  const remove = iconButton({
    label: 'Take back this link',
    icon: 'delete',
    onClick: () => {
      busy(remove, api.delete(`/api/shares/${share.id}`)).then(
        () => {
          toast('The link no longer works.');
          changed();
        },
        (error: unknown) => toast(describe(error), 'bad'),
      );
    },
  });
  return element(
    'li',
    { class: 'share' },
    element(
      'p',
      { class: 'soft' },
      expired ? badge('Expired', 'warn') : ['Works until ', exactMoment(share.expiresAt)],
      ` · ${plural(share.downloads, 'download')}`,
    ),
    remove,
  );
}
