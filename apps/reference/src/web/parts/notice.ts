import { describe, isPassing } from '../api/error.js';
import { type Child, element } from '../dom/element.js';
import { type IconName, icon } from '../dom/icon.js';
import { button } from './button.js';

/** A box that says something about all of the page. */
export function notice(options: {
  readonly tone: 'info' | 'good' | 'warn' | 'bad';
  readonly title: string;
  readonly text?: Child;
  readonly action?: Child;
}): HTMLElement {
  const { tone } = options;
  return element(
    'div',
    { class: `notice notice-${tone}`, role: tone === 'bad' ? 'alert' : null },
    icon(tone === 'good' ? 'check' : tone === 'info' ? 'info' : 'error'),
    element(
      'div',
      { class: 'notice-text' },
      element('p', { class: 'notice-title' }, options.title),
      options.text && element('p', null, options.text),
    ),
    options.action,
  );
}

/** In place of a list without anything in it: what would be here, and how it gets here. */
export function emptyState(options: {
  readonly icon: IconName;
  readonly title: string;
  readonly text: Child;
  readonly action?: Child;
}): HTMLElement {
  return element(
    'div',
    { class: 'empty' },
    element('div', { class: 'empty-icon' }, icon(options.icon)),
    element('p', { class: 'empty-title' }, options.title),
    element('p', { class: 'empty-text' }, options.text),
    options.action && element('div', { class: 'row' }, options.action),
  );
}

/** In place of what could not be loaded, with a way to try again. */
export function loadFailure(error: unknown, retry: () => void): HTMLElement {
  return notice({
    tone: 'bad',
    title: isPassing(error) ? 'This can’t be shown right now' : 'This can’t be shown',
    text: describe(error),
    action: button({ text: 'Try again', icon: 'retry', onClick: retry }),
  });
}
