import type { SharedFile } from '../../../api-types.js';
import { api } from '../../api/client.js';
import { ApiError } from '../../api/error.js';
import { element } from '../../dom/element.js';
import { contentIcon, icon } from '../../dom/icon.js';
import type { PageFactory } from '../../page.js';
import { buttonLink } from '../../parts/button.js';
import { loaded } from '../../parts/loaded.js';
import { emptyState } from '../../parts/notice.js';
import { skeleton } from '../../parts/skeleton.js';
import { bytes } from '../../text/quantity.js';
import { exactMoment } from '../../text/time.js';
import { preview } from '../file/preview.js';

/** What the holder of a share link sees, with or without an account. */
export const sharedPage: PageFactory = ({ parameters }) => {
  const token = parameters['token'] ?? '';
  const content = loaded({
    placeholder: skeleton(1, 'block'),
    load: (signal) => find(token, signal),
    show: (file) => (file === undefined ? gone() : shared(file, `/s/${token}/content`)),
  });
  return {
    title: 'Shared file',
    view: element(
      'div',
      { class: 'page page-narrow' },
      element('h1', { class: 'hidden', tabindex: -1 }, 'Shared file'),
      content.view,
    ),
    close: content.close,
  };
};

async function find(token: string, signal: AbortSignal): Promise<SharedFile | undefined> {
  try {
    return await api.get<SharedFile>(`/api/s/${encodeURIComponent(token)}`, {}, signal);
  } catch (error) {
    if (error instanceof ApiError && [403, 404, 410].includes(error.status)) return undefined;
    throw error;
  }
}

function shared(file: SharedFile, url: string): HTMLElement {
  return element(
    'article',
    { class: 'card shared' },
    element(
      'header',
      { class: 'shared-head' },
      element('div', { class: 'empty-icon' }, icon(contentIcon(file.contentType))),
      element(
        'div',
        { class: 'shared-name' },
        element('h2', null, file.name),
        element('p', { class: 'soft' }, `${bytes(file.size)} · ${file.contentType}`),
      ),
      buttonLink({
        text: 'Download',
        href: url,
        icon: 'download',
        kind: 'primary',
        download: true,
      }),
    ),
    preview({ ...file, url }),
    element('p', { class: 'soft' }, 'This link works until ', exactMoment(file.expiresAt), '.'),
  );
}

function gone(): HTMLElement {
  return emptyState({
    icon: 'link',
    title: 'This link no longer works',
    text: 'It has expired, was taken back, or the file was deleted. Ask who sent it to you for a new one.',
  });
}
