import { element } from '../dom/element.js';
import { type IconName, icon } from '../dom/icon.js';

export interface ButtonOptions {
  readonly text: string;
  readonly icon?: IconName;
  /** `primary` is for the one thing that a page is for. Default `plain`. */
  readonly kind?: 'primary' | 'plain' | 'quiet' | 'danger';
  readonly small?: boolean;
  readonly submit?: boolean;
  readonly disabled?: boolean;
  readonly onClick?: (event: MouseEvent) => void;
}

export function button(options: ButtonOptions): HTMLButtonElement {
  const { text, kind = 'plain', small, submit, disabled, onClick } = options;
  return element(
    'button',
    {
      type: submit === true ? 'submit' : 'button',
      class: `button button-${kind}${small === true ? ' button-small' : ''}`,
      disabled,
      on: onClick === undefined ? {} : { click: onClick },
    },
    options.icon && icon(options.icon),
    element('span', null, text),
  );
}

/** A button that is a picture: the label is for screen readers, and shown by the pointer. */
export function iconButton(options: {
  readonly label: string;
  readonly icon: IconName;
  readonly onClick?: (event: MouseEvent) => void;
}): HTMLButtonElement {
  return element(
    'button',
    {
      type: 'button',
      class: 'icon-button',
      'aria-label': options.label,
      title: options.label,
      on: options.onClick === undefined ? {} : { click: options.onClick },
    },
    icon(options.icon),
  );
}

/** A link that looks like a button. */
export function buttonLink(options: {
  readonly text: string;
  readonly href: string;
  readonly icon?: IconName;
  readonly kind?: 'primary' | 'plain';
  readonly download?: boolean;
  readonly newTab?: boolean;
}): HTMLAnchorElement {
  return element(
    'a',
    {
      class: `button button-${options.kind ?? 'plain'}`,
      href: options.href,
      download: options.download === true,
      ...(options.newTab === true ? { target: '_blank', rel: 'noopener' } : {}),
    },
    options.icon && icon(options.icon),
    element('span', null, options.text),
  );
}

/** A button that takes no second click while its work runs; it keeps the focus. */
export async function busy<T>(pressed: HTMLButtonElement, work: Promise<T>): Promise<T> {
  pressed.setAttribute('aria-busy', 'true');
  pressed.setAttribute('aria-disabled', 'true');
  const swallow = (event: Event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  pressed.addEventListener('click', swallow, { capture: true });
  try {
    return await work;
  } finally {
    pressed.removeAttribute('aria-busy');
    pressed.removeAttribute('aria-disabled');
    pressed.removeEventListener('click', swallow, { capture: true });
  }
}
