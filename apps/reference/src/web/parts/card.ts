import { type Child, element, fill } from '../dom/element.js';

/** A section with a heading of the second level. */
export function card(
  options: { readonly title?: string; readonly actions?: Child; readonly class?: string },
  ...children: Child[]
): HTMLElement {
  const { title, actions } = options;
  const head =
    title === undefined
      ? null
      : element(
          'header',
          { class: 'card-head' },
          element('h2', null, title),
          actions && element('div', { class: 'row' }, actions),
        );
  return element('section', { class: `card ${options.class ?? ''}` }, head, ...children);
}

export interface Stat {
  readonly view: HTMLElement;
  set(value: string, detail?: string): void;
}

/** One number with its name. */
export function stat(options: { label: string; value: string; detail?: string }): Stat {
  const value = element('dd', { class: 'stat-value' });
  const detail = element('dd', { class: 'stat-detail' });
  const set = (now: string, more = '') => {
    fill(value, now);
    fill(detail, more);
  };
  set(options.value, options.detail);
  const view = element(
    'dl',
    { class: 'stat' },
    element('dt', { class: 'stat-label' }, options.label),
    value,
    detail,
  );
  return { view, set };
}
