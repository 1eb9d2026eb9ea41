import { element, fill } from '../dom/element.js';
import { icon } from '../dom/icon.js';
import { button, iconButton } from '../parts/button.js';
import { bytes, percent, plural } from '../text/quantity.js';
import type { UploadItem, UploadQueue } from './queue.js';
import { unfinishedList } from './unfinished-list.js';

/** The uploads of this page and those that wait for their file, in a corner that stays over all pages. */
export function uploadTray(queue: UploadQueue): { view: HTMLElement; refresh(): void } {
  const rows = new Map<UploadItem, Row>();
  const title = element('span');
  const list = element('ul', { class: 'tray-list', id: 'tray-list' });
  const announcer = element('p', { class: 'hidden', role: 'status' });
  const toggle = element(
    'button',
    {
      type: 'button',
      class: 'tray-toggle',
      'aria-expanded': 'true',
      'aria-controls': 'tray-list',
      on: { click: () => fold(!view.classList.contains('tray-folded')) },
    },
    title,
    icon('collapse'),
  );
  const clear = button({
    text: 'Clear',
    kind: 'quiet',
    small: true,
    onClick: () => queue.clearDone(),
  });
  const waiting = unfinishedList(queue);
  const view = element(
    'section',
    { class: 'tray', 'aria-label': 'Uploads', hidden: true },
    element('header', { class: 'tray-head' }, toggle, clear),
    element('div', { class: 'tray-body' }, list, waiting.view),
    announcer,
  );
  const fold = (folded: boolean) => {
    view.classList.toggle('tray-folded', folded);
    toggle.setAttribute('aria-expanded', String(!folded));
  };
  const show = () => {
    const { items } = queue;
    for (const [item, row] of rows)
      if (!items.includes(item)) {
        row.view.remove();
        rows.delete(item);
      }
    for (const item of items) {
      const row = rows.get(item) ?? uploadRow(queue, item);
      if (!rows.has(item)) {
        rows.set(item, row);
        list.append(row.view);
      }
      row.update();
    }
    waiting.refresh();
    view.hidden = items.length === 0 && waiting.empty;
    clear.hidden = !items.some(({ state }) => state === 'done');
    fill(title, headline(items, waiting.empty));
    const spoken = summary(items);
    if (announcer.textContent !== spoken) fill(announcer, spoken);
  };
  queue.onChange(oncePerFrame(show));
  show();
  return { view, refresh: show };
}

interface Row {
  readonly view: HTMLLIElement;
  update(): void;
}

function uploadRow(queue: UploadQueue, item: UploadItem): Row {
  const { name, size } = item.file;
  const bar = element('progress', {
    max: Math.max(size, 1),
    value: 0,
    'aria-label': `Progress of ${name}`,
  });
  const state = element('p', { class: 'tray-state' });
  const pause = iconButton({
    label: `Pause ${name}`,
    icon: 'pause',
    onClick: () => queue.pause(item),
  });
  const resume = iconButton({
    label: `Resume ${name}`,
    icon: 'play',
    onClick: () => queue.resume(item),
  });
  const retry = iconButton({
    label: `Try ${name} again`,
    icon: 'retry',
    onClick: () => queue.resume(item),
  });
  const remove = iconButton({
    label: `Cancel ${name}`,
    icon: 'close',
    onClick: () => void queue.remove(item),
  });
  const link = element('a', { class: 'tray-name', title: name }, name);
  const view = element(
    'li',
    { class: 'tray-item' },
    element('div', { class: 'tray-text' }, link, state, bar),
    element('div', { class: 'row tray-actions' }, pause, resume, retry, remove),
  );
  const update = () => {
    const { state: now } = item;
    view.dataset['state'] = now;
    bar.value = now === 'done' ? bar.max : item.sent;
    fill(state, stateText(item));
    const shown = { pause: now === 'sending' || now === 'waiting', resume: now === 'paused' };
    const focused = view.contains(document.activeElement);
    pause.hidden = !shown.pause;
    resume.hidden = !shown.resume;
    retry.hidden = now !== 'failed' || item.retryable === false;
    // The button that was pressed gives way to its counterpart: the focus goes along.
    if (focused && document.activeElement === document.body)
      (shown.pause ? pause : shown.resume ? resume : remove).focus();
    if (now === 'done') {
      if (item.fileId !== undefined) link.href = `/file/${item.fileId}`;
      remove.hidden = true;
    }
  };
  return { view, update };
}

function stateText(item: UploadItem): string {
  const { state, sent, file } = item;
  if (state === 'waiting') return `Waiting · ${bytes(file.size)}`;
  if (state === 'failed') return item.problem ?? 'Failed';
  if (state === 'done') return `Done · ${bytes(file.size)}`;
  const share = file.size === 0 ? 1 : sent / file.size;
  if (state === 'paused') return `Paused at ${percent(share)}`;
  return sent >= file.size
    ? 'Saving…'
    : `${bytes(sent)} of ${bytes(file.size)} · ${percent(share)}`;
}

function headline(items: readonly UploadItem[], noneWaiting: boolean): string {
  const active = items.filter(({ state }) => state === 'sending' || state === 'waiting');
  if (active.length === 0) {
    if (items.length === 0) return noneWaiting ? 'Uploads' : 'Unfinished uploads';
    return summary(items);
  }
  const total = active.reduce((sum, { file }) => sum + file.size, 0);
  const sent = active.reduce((sum, item) => sum + item.sent, 0);
  return `Uploading ${plural(active.length, 'file')} · ${percent(total === 0 ? 0 : Math.min(sent / total, 0.99))}`;
}

/** Changes when a file is done or has failed, and not with every byte. */
function summary(items: readonly UploadItem[]): string {
  const of = (wanted: UploadItem['state']) => items.filter(({ state }) => state === wanted).length;
  const texts = [
    of('done') > 0 && `${plural(of('done'), 'upload')} done`,
    of('failed') > 0 && `${of('failed')} failed`,
    of('paused') > 0 && `${of('paused')} paused`,
  ];
  return texts.filter((text) => text !== false).join(', ');
}

function oncePerFrame(work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    setTimeout(() => {
      asked = false;
      work();
    }, 50); // and not by animation frames: they rest while the page is in the background
  };
}
