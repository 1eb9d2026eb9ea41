import { element, fill } from '../dom/element.js';
import { icon } from '../dom/icon.js';
import { iconButton } from './button.js';

/** Milliseconds that a word of success stays; a failure stays until it is closed. */
const SHOWN = 6_000;

const region = element('div', { class: 'toasts', role: 'status', 'aria-live': 'polite' });

/** A word on what was just done. */
export function toast(text: string, tone: 'good' | 'bad' = 'good'): void {
  const view = element(
    'div',
    { class: `toast toast-${tone}` },
    icon(tone === 'good' ? 'check' : 'error'),
    element('p', null, text),
    iconButton({ label: 'Close this message', icon: 'close', onClick: () => view.remove() }),
  );
  // In an open dialog everything else is inert: the word is put on top of it, where it can be heard.
  const host = document.querySelector('dialog[open]') ?? document.body;
  if (region.parentElement !== host) host.append(region);
  if (tone === 'good') fill(region, ...[...region.children].filter(isFailure), view);
  else region.append(view);
  if (tone === 'good') setTimeout(() => view.remove(), SHOWN);
}

/** Where words will appear: a region is heard only if it was there before them. */
export function toastRegion(): HTMLElement {
  return region;
}

/** Words outlive the dialog that they were said in. */
export function freeToasts(dialog: HTMLElement): void {
  if (dialog.contains(region)) document.body.append(region);
}

function isFailure(shown: Element): boolean {
  return shown.classList.contains('toast-bad');
}
