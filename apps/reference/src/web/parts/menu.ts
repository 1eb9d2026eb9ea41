import { type Child, element } from '../dom/element.js';
import { type IconName, icon } from '../dom/icon.js';

export interface MenuItem {
  readonly text: string;
  readonly icon: IconName;
  readonly danger?: boolean;
  readonly onSelect: () => void;
}

let made = 0;

/**
 * A button that opens a list of things to do: the arrow keys walk, Escape closes and gives the focus back. The items are made when it
 * opens. https://www.w3.org/WAI/ARIA/apg/patterns/menu-button/
 */
export function menuButton(options: {
  readonly label: string;
  readonly icon: IconName;
  readonly items: () => readonly MenuItem[];
}): HTMLElement {
  made++;
  const id = `menu-${made}`;
  const opener = element(
    'button',
    {
      type: 'button',
      class: 'icon-button',
      'aria-label': options.label,
      title: options.label,
      'aria-haspopup': 'menu',
      'aria-expanded': 'false',
      'aria-controls': id,
      popovertarget: id,
    },
    icon(options.icon),
  );
  const list = element('div', {
    id,
    class: 'menu',
    role: 'menu',
    popover: 'auto',
    'aria-label': options.label,
  });
  list.addEventListener('beforetoggle', (event) => {
    const opens = event.newState === 'open';
    opener.setAttribute('aria-expanded', String(opens));
    if (opens) list.replaceChildren(...options.items().map((item) => entry(list, item)));
  });
  let resized: AbortController | undefined;
  list.addEventListener('toggle', (event) => {
    resized?.abort();
    if (event.newState !== 'open') return;
    resized = new AbortController();
    addEventListener('resize', () => place(list, opener), { signal: resized.signal });
    place(list, opener);
    entries(list)[0]?.focus();
  });
  list.addEventListener('keydown', (event) => {
    const next = neighbour(entries(list), event.key);
    if (event.key === 'Tab') list.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  });
  return element('div', { class: 'menu-anchor' }, opener, list);
}

function entry(list: HTMLElement, item: MenuItem): HTMLElement {
  const content: Child[] = [icon(item.icon), element('span', null, item.text)];
  return element(
    'button',
    {
      type: 'button',
      role: 'menuitem',
      class: `menu-item${item.danger === true ? ' menu-item-danger' : ''}`,
      on: {
        click: () => {
          list.hidePopover();
          item.onSelect();
        },
      },
    },
    ...content,
  );
}

/** Below the button, its right edge at the button's; above it where there is no room below. */
function place(list: HTMLElement, opener: HTMLElement): void {
  const at = opener.getBoundingClientRect();
  const size = list.getBoundingClientRect();
  const below = at.bottom + size.height + 8 <= innerHeight;
  const top = below ? at.bottom + 4 : Math.max(8, at.top - size.height - 4);
  const left = Math.max(8, Math.min(at.right - size.width, innerWidth - size.width - 8));
  list.style.setProperty('top', `${top}px`);
  list.style.setProperty('left', `${left}px`);
}

function entries(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('[role=menuitem]')];
}

function neighbour(all: readonly HTMLElement[], key: string): HTMLElement | undefined {
  const { activeElement } = document;
  const at = activeElement instanceof HTMLElement ? all.indexOf(activeElement) : -1;
  if (key === 'ArrowDown') return all[(at + 1) % all.length];
  if (key === 'ArrowUp') return all[(at - 1 + all.length) % all.length];
  if (key === 'Home') return all[0];
  return key === 'End' ? all[all.length - 1] : undefined;
}
