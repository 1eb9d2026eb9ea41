import { type Child, element } from '../dom/element.js';

/** The heading of a page; the focus goes there when the page is shown. */
export function pageHeader(options: {
  readonly title: Child;
  /** The way to here. */
  readonly above?: Child;
  readonly lead?: Child;
  readonly actions?: Child;
}): HTMLElement {
  return element(
    'header',
    { class: 'page-head' },
    element(
      'div',
      { class: 'page-head-text' },
      options.above,
      element('h1', { tabindex: -1 }, options.title),
      options.lead && element('p', { class: 'lead' }, options.lead),
    ),
    options.actions && element('div', { class: 'row' }, options.actions),
  );
}

/** As many columns as fit. */
export function columns(...children: Child[]): HTMLElement {
  return element('div', { class: 'columns' }, ...children);
}
