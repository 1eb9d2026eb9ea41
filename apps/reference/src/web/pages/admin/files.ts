import type { FileView, List } from '../../../api-types.js';
import { api } from '../../api/client.js';
import { type Child, element } from '../../dom/element.js';
import type { PageFactory } from '../../page.js';
import { providerBadge, visibilityBadge } from '../../parts/badge.js';
import { select } from '../../parts/field.js';
import { pageHeader } from '../../parts/layout.js';
import { loaded } from '../../parts/loaded.js';
import { emptyState } from '../../parts/notice.js';
import { pager } from '../../parts/pager.js';
import { skeleton } from '../../parts/skeleton.js';
import { type Column, table, tableRow } from '../../parts/table.js';
import { bytes } from '../../text/quantity.js';
import { moment } from '../../text/time.js';
import { batchBar } from '../files/batch-bar.js';
import { fileName } from '../files/file-list.js';
import { TYPES } from '../files/query.js';
import { Selection } from '../files/selection.js';
import { selectAllBox, selectionBox } from '../files/selection-box.js';
import { searchField } from '../files/toolbar.js';

const ENDPOINT = '/api/admin/files/batch';

interface Filters {
  readonly query: string;
  readonly provider: string;
  readonly contentType: string;
  readonly visibility: string;
  /** Bytes. */
  readonly minSize: string;
  /** Days of age. */
  readonly age: string;
}

const NONE: Filters = {
  query: '',
  provider: '',
  contentType: '',
  visibility: '',
  minSize: '',
  age: '',
};

/** The files of all users: where each is, and cleaning up many at once. */
export const adminFilesPage: PageFactory = ({ url }) => {
  let filters: Filters = { ...NONE, ...Object.fromEntries(url.searchParams) };
  let files: FileView[] = [];
  let selection = new Selection();

  const load = (cursor?: string, signal?: AbortSignal) => {
    const { age, ...asked } = filters;
    const before =
      age === '' ? undefined : new Date(Date.now() - Number(age) * 86_400_000).toISOString();
    return api.get<List<FileView>>('/api/admin/files', { ...asked, before, cursor }, signal);
  };
  const show = (list: List<FileView>): Child => {
    files = [...list.items];
    selection = new Selection();
    if (files.length === 0)
      return emptyState({
        icon: 'archive',
        title: 'No files',
        text: 'No file fits these filters.',
      });
    const columns = fileColumns(selection, () => files);
    const view = table({
      caption: 'Files of all users',
      columns,
      rows: files,
      rowId: ({ id }) => id,
    });
    const more = pager({
      first: list,
      load: (cursor) => load(cursor),
      append: (items) => {
        files.push(...items);
        view
          .querySelector('tbody')
          ?.append(...items.map((file) => tableRow(columns, file, file.id)));
      },
    });
    const bar = batchBar({
      selection,
      files: () => files,
      changed: () => void content.reload(),
      endpoint: ENDPOINT,
    });
    return [bar, view, more];
  };
  const content = loaded({
    placeholder: skeleton(8, 'row'),
    load: (signal) => load(undefined, signal),
    show,
  });
  const ask = (change: Partial<Filters>) => {
    filters = { ...filters, ...change };
    const said = Object.entries(filters).filter(([, value]) => value !== '');
    const search = new URLSearchParams(said).toString();
    history.replaceState(null, '', search === '' ? '/admin/files' : `/admin/files?${search}`);
    void content.reload();
  };
  return {
    title: 'All files',
    view: element(
      'div',
      { class: 'page' },
      pageHeader({ title: 'All files', lead: 'Of all users, and where each of them is stored.' }),
      filterBar(filters, ask),
      content.view,
    ),
    close: content.close,
  };
};

function filterBar(filters: Filters, ask: (change: Partial<Filters>) => void): HTMLElement {
  const choice = (
    name: keyof Filters,
    label: string,
    options: readonly { value: string; text: string }[],
  ) =>
    select({
      label,
      hideLabel: true,
      value: filters[name],
      options,
      onChange: (value) => ask({ [name]: value }),
    }).view;
  return element(
    'div',
    { class: 'toolbar toolbar-filters', role: 'search', 'aria-label': 'All files' },
    searchField(filters.query, (query) => ask({ query })),
    choice('provider', 'Stored in', [
      { value: '', text: 'Any store' },
      { value: 'local', text: 'Local disk' },
      { value: 's3', text: 'S3' },
    ]),
    choice('contentType', 'Type', TYPES),
    choice('visibility', 'Visible to', [
      { value: '', text: 'Public and private' },
      { value: 'public', text: 'Public' },
      { value: 'private', text: 'Private' },
    ]),
    choice('minSize', 'Size', [
      { value: '', text: 'Any size' },
      { value: '1000000', text: 'From 1 MB' },
      { value: '100000000', text: 'From 100 MB' },
      { value: '1000000000', text: 'From 1 GB' },
    ]),
    choice('age', 'Age', [
      { value: '', text: 'Any age' },
      { value: '30', text: 'Older than 30 days' },
      { value: '365', text: 'Older than a year' },
    ]),
  );
}

function fileColumns(selection: Selection, files: () => readonly FileView[]): Column<FileView>[] {
  return [
    {
      title: 'Select',
      untitled: true,
      head: selectAllBox(selection, () => files().map(({ id }) => id)),
      cell: ({ id, name }) => selectionBox(selection, id, name),
    },
    { title: 'Name', primary: true, cell: (file) => fileName(file, false) },
    { title: 'Owner', cell: ({ owner }) => owner.name },
    { title: 'Stored in', cell: ({ provider }) => providerBadge(provider) },
    { title: 'Size', numeric: true, cell: ({ size }) => bytes(size) },
    { title: 'Visible to', cell: ({ visibility }) => visibilityBadge(visibility) },
    { title: 'Uploaded', cell: ({ uploadedAt }) => moment(uploadedAt) },
  ];
}
