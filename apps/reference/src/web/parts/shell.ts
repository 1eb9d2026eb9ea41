import { element, fill } from '../dom/element.js';
import { type IconName, icon } from '../dom/icon.js';
import type { SessionStore } from '../session.js';
import { chooseTheme, chosenTheme, type Theme } from '../theme/theme.js';
import { iconButton } from './button.js';

interface Place {
  readonly path: string;
  readonly text: string;
  readonly icon: IconName;
}

const ADMIN: readonly Place[] = [
  { path: '/admin/files', text: 'All files', icon: 'archive' },
  { path: '/admin/users', text: 'Users', icon: 'users' },
  { path: '/admin/audit', text: 'Audit log', icon: 'audit' },
  { path: '/admin/consistency', text: 'Consistency', icon: 'consistency' },
  { path: '/admin/analytics', text: 'Analytics', icon: 'chart' },
  { path: '/admin/migration', text: 'Migration', icon: 'migration' },
];

export interface Shell {
  readonly view: HTMLElement;
  readonly main: HTMLElement;
  /** Marks the place in the navigation. */
  show(path: string): void;
}

/** What stands around every page: the name, the navigation, the account. */
export function shell(options: {
  readonly session: SessionStore;
  readonly signOut: () => void;
}): Shell {
  const { session } = options;
  const main = element('main', { id: 'main', tabindex: -1 });
  const navigation = element('nav', { class: 'nav', id: 'nav', 'aria-label': 'Main' });
  const menu = iconButton({ label: 'Menu', icon: 'menu', onClick: () => unfold(!isOpen()) });
  menu.classList.add('nav-toggle');
  menu.setAttribute('aria-controls', 'nav');
  const side = element(
    'header',
    { class: 'side' },
    element(
      'div',
      { class: 'side-head' },
      element(
        'a',
        { class: 'brand', href: '/' },
        element('span', { class: 'brand-mark' }, icon('archive')),
        'Storehouse',
      ),
      menu,
    ),
    navigation,
  );
  const view = element(
    'div',
    { class: 'shell' },
    element('a', { class: 'skip', href: '#main' }, 'Skip to the content'),
    side,
    main,
  );
  const isOpen = () => side.classList.contains('side-open');
  const unfold = (open: boolean) => {
    side.classList.toggle('side-open', open);
    menu.setAttribute('aria-expanded', String(open));
  };
  side.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || !isOpen()) return;
    unfold(false);
    menu.focus();
  });
  const show = (path: string) => {
    unfold(false);
    view.classList.toggle('shell-guest', session.user === null);
    fill(navigation, links(session, path), account(session, options.signOut));
  };
  return { view, main, show };
}

function links(session: SessionStore, path: string): HTMLElement[] {
  const { user } = session;
  if (user === null) return [];
  const files = { path: '/', text: 'My files', icon: 'folder' } as const;
  const isFiles = path === '/' || path.startsWith('/folder/') || path.startsWith('/file/');
  const mine = element('ul', { class: 'nav-list' }, link(files, isFiles));
  if (user.role !== 'admin') return [mine];
  return [
    mine,
    element('h2', { class: 'nav-title', id: 'nav-admin' }, 'Administration'),
    element(
      'ul',
      { class: 'nav-list', 'aria-labelledby': 'nav-admin' },
      ...ADMIN.map((place) => link(place, place.path === path)),
    ),
  ];
}

function link({ path, text, icon: name }: Place, current: boolean): HTMLLIElement {
  return element(
    'li',
    null,
    element(
      'a',
      { class: 'nav-link', href: path, 'aria-current': current ? 'page' : null },
      icon(name),
      element('span', null, text),
    ),
  );
}

function account(session: SessionStore, signOut: () => void): HTMLElement {
  const { user } = session;
  return element(
    'div',
    { class: 'nav-foot' },
    themeSwitch(),
    user === null
      ? element('a', { class: 'nav-link', href: '/login' }, 'Sign in')
      : element(
          'div',
          { class: 'nav-account' },
          element(
            'p',
            { class: 'nav-name' },
            element('strong', null, user.name),
            element('span', null, user.email),
          ),
          iconButton({ label: 'Sign out', icon: 'signOut', onClick: signOut }),
        ),
  );
}

const THEMES: readonly { theme: Theme; text: string; icon: IconName }[] = [
  { theme: 'light', text: 'Light', icon: 'light' },
  { theme: 'system', text: 'As the system', icon: 'system' },
  { theme: 'dark', text: 'Dark', icon: 'dark' },
];

function themeSwitch(): HTMLElement {
  const choices = THEMES.map(({ theme, text, icon: name }) => {
    const input = element('input', {
      type: 'radio',
      name: 'theme',
      value: theme,
      class: 'hidden',
      checked: chosenTheme() === theme,
      on: { change: () => chooseTheme(theme) },
    });
    return element(
      'label',
      { class: 'switch-choice', title: text },
      input,
      icon(name),
      element('span', { class: 'hidden' }, text),
    );
  });
  return element(
    'fieldset',
    { class: 'switch' },
    element('legend', { class: 'hidden' }, 'Colours'),
    ...choices,
  );
}
