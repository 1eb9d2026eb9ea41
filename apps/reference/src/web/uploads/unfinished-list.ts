import { element, fill } from '../dom/element.js';
import { button } from '../parts/button.js';
import { toast } from '../parts/toast.js';
import { bytes } from '../text/quantity.js';
import { pickFiles } from './pick.js';
import type { UploadQueue } from './queue.js';
import { forgetUpload, type Unfinished, unfinishedUploads } from './unfinished.js';

export interface UnfinishedList {
  readonly view: HTMLElement;
  get empty(): boolean;
  refresh(): void;
}

/** Uploads that a page before this one has begun: a browser gives a file only to who picks it again. */
export function unfinishedList(queue: UploadQueue): UnfinishedList {
  const view = element('ul', { class: 'tray-list' });
  let shown = '';
  const refresh = () => {
    const all = unfinishedUploads().filter((one) => !isQueued(queue, one));
    const now = JSON.stringify(all);
    if (now === shown) return;
    shown = now;
    fill(view, ...all.map((one) => row(queue, one, refresh)));
  };
  refresh();
  return {
    view,
    refresh,
    get empty() {
      return view.childElementCount === 0;
    },
  };
}

function row(queue: UploadQueue, one: Unfinished, refresh: () => void): HTMLLIElement {
  return element(
    'li',
    { class: 'tray-item', 'data-state': 'unfinished' },
    element(
      'div',
      { class: 'tray-text' },
      element('span', { class: 'tray-name' }, one.name),
      element(
        'p',
        { class: 'tray-state' },
        `Not finished · ${bytes(one.size)}. Pick the file again to go on.`,
      ),
    ),
    element(
      'div',
      { class: 'row tray-actions' },
      button({ text: 'Pick file', small: true, onClick: () => void pickAgain(queue, one) }),
      button({
        text: 'Forget',
        kind: 'quiet',
        small: true,
        onClick: () => {
          forgetUpload({ file: one, folder: one.folder });
          refresh();
        },
      }),
    ),
  );
}

async function pickAgain(queue: UploadQueue, one: Unfinished): Promise<void> {
  const [picked] = await pickFiles({});
  if (picked === undefined) return;
  const { file } = picked;
  if (file.name !== one.name || file.size !== one.size || file.lastModified !== one.lastModified) {
    toast(
      `This is not the same file: “${one.name}” of ${bytes(one.size)}, unchanged since, is needed.`,
      'bad',
    );
    return;
  }
  queue.add([{ file, folder: one.folder, visibility: one.visibility }]);
}

function isQueued(queue: UploadQueue, one: Unfinished): boolean {
  return queue.items.some(
    ({ file, folder }) =>
      folder === one.folder &&
      file.name === one.name &&
      file.size === one.size &&
      file.lastModified === one.lastModified,
  );
}
