import { element } from '../../dom/element.js';
import { icon } from '../../dom/icon.js';
import { select } from '../../parts/field.js';
import { type FilesQuery, SORTS, TYPES, usualOrder } from './query.js';

export type View = 'list' | 'grid';

const STORED = 'files-view';

/** Milliseconds of rest before what is typed is searched for. */
const TYPING = 250;

export function chosenView(): View {
  return localStorage.getItem(STORED) === 'grid' ? 'grid' : 'list';
}

/** Search, filter, order, and list or tiles. */
export function toolbar(options: {
  readonly query: FilesQuery;
  readonly ask: (change: Partial<FilesQuery>) => void;
  readonly showAs: (view: View) => void;
}): HTMLElement {
  const { query, ask } = options;
  const sort = select({
    label: 'Sort by',
    hideLabel: true,
    value: query.sort,
    options: SORTS.map(({ value, text }) => ({ value, text: `By ${text.toLowerCase()}` })),
    onChange: (value) => ask({ sort: value, order: usualOrder(value) }),
  });
  const type = select({
    label: 'Type',
    hideLabel: true,
    value: query.type,
    options: TYPES,
    onChange: (value) => ask({ type: value }),
  });
  return element(
    'div',
    { class: 'toolbar', role: 'search', 'aria-label': 'Files' },
    searchField(query.query, (text) => ask({ query: text })),
    type.view,
    sort.view,
    viewSwitch(options.showAs),
  );
}

export function searchField(value: string, ask: (query: string) => void): HTMLElement {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const search = (text: string) => {
    clearTimeout(timer);
    ask(text.trim());
  };
  const input = element('input', {
    type: 'search',
    class: 'input',
    placeholder: 'Search by name',
    'aria-label': 'Search by name',
    value,
    on: {
      input: () => {
        clearTimeout(timer);
        timer = setTimeout(() => search(input.value), TYPING);
      },
      keydown: ({ key }) => key === 'Enter' && search(input.value),
    },
  });
  return element('div', { class: 'search' }, icon('search'), input);
}

function viewSwitch(showAs: (view: View) => void): HTMLElement {
  const choice = (view: View, text: string) =>
    element(
      'label',
      { class: 'switch-choice', title: text },
      element('input', {
        type: 'radio',
        class: 'hidden',
        name: 'files-view',
        checked: chosenView() === view,
        on: {
          change: () => {
            localStorage.setItem(STORED, view);
            showAs(view);
          },
        },
      }),
      icon(view),
      element('span', { class: 'hidden' }, text),
    );
  return element(
    'fieldset',
    { class: 'switch' },
    element('legend', { class: 'hidden' }, 'Show as'),
    choice('list', 'List'),
    choice('grid', 'Tiles'),
  );
}
