import { element } from '../../dom/element.js';
import { folderPath } from './query.js';

/** The way from the top to a folder. `current`: whether its end is the page itself. */
export function breadcrumbs(folder: string, current = true): HTMLElement {
  const names = folder === '' ? [] : folder.split('/');
  const steps = [
    { name: 'My files', path: '' },
    ...names.map((name, index) => ({ name, path: names.slice(0, index + 1).join('/') })),
  ];
  return element(
    'nav',
    { class: 'crumbs', 'aria-label': 'Folders above' },
    element(
      'ol',
      null,
      ...steps.map(({ name, path }, index) =>
        element(
          'li',
          null,
          element(
            'a',
            {
              href: folderPath(path),
              'aria-current': current && index === steps.length - 1 ? 'page' : null,
            },
            name,
          ),
        ),
      ),
    ),
  );
}
