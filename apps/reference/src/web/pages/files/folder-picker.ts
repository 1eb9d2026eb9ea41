import type { FileList } from '../../../api-types.js';
import { api, describe } from '../../api/client.js';
import { element, fill } from '../../dom/element.js';
import { icon } from '../../dom/icon.js';
import { busy, button } from '../../parts/button.js';
import { openDialog } from '../../parts/dialog.js';
import { skeleton } from '../../parts/skeleton.js';

/** Has the user walk to a folder, and hands it to `save`; stays open until that has worked. */
export async function pickFolder(options: {
  readonly title: string;
  readonly action: string;
  readonly from: string;
  readonly save: (folder: string) => Promise<void>;
}): Promise<void> {
  let folder = options.from;
  const place = element('p', { class: 'picker-place', 'aria-live': 'polite' });
  const list = element('ul', { class: 'picker-list' });
  const problem = element('p', { class: 'field-problem', role: 'alert' });
  const choose = button({
    text: options.action,
    kind: 'primary',
    onClick: () => {
      fill(problem);
      busy(choose, options.save(folder)).then(
        () => dialog.close(),
        (error: unknown) => fill(problem, describe(error)),
      );
    },
  });
  const show = async (next: string) => {
    folder = next;
    fill(place, icon('folder'), folder === '' ? 'My files' : folder);
    fill(list, skeleton(3));
    try {
      const { folders } = await api.get<FileList>('/api/files', { folder, limit: 1 });
      if (folder !== next) return;
      const above = folder.split('/').slice(0, -1).join('/');
      fill(
        list,
        folder !== '' && step('Up to the folder above', () => void show(above), 'back'),
        ...folders.map(({ name, path }) => step(name, () => void show(path), 'folder')),
        folders.length === 0 && element('li', { class: 'soft picker-none' }, 'No folders in here.'),
      );
    } catch (error) {
      fill(list);
      fill(problem, describe(error));
    }
  };
  const dialog = openDialog({
    title: options.title,
    body: [place, list, problem],
    actions: [button({ text: 'Cancel', onClick: () => dialog.close() }), choose],
  });
  void show(folder);
  await dialog.closed;
}

function step(name: string, go: () => void, picture: 'folder' | 'back'): HTMLLIElement {
  return element(
    'li',
    null,
    element(
      'button',
      { type: 'button', class: 'picker-step', on: { click: go } },
      icon(picture),
      element('span', null, name),
    ),
  );
}
