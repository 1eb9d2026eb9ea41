import type { FileView, FolderView } from '../../../api-types.js';
import { type Child, element } from '../../dom/element.js';
import { contentIcon, icon } from '../../dom/icon.js';
import { visibilityBadge } from '../../parts/badge.js';
import { iconButton } from '../../parts/button.js';
import { menuButton } from '../../parts/menu.js';
import { type Column, table, tableRow } from '../../parts/table.js';
import { bytes, plural } from '../../text/quantity.js';
import { moment } from '../../text/time.js';
import { deleteFolder, fileMenu } from './actions.js';
import { type FilesQuery, folderPath, type Sort, usualOrder } from './query.js';
import type { Selection } from './selection.js';
import { selectAllBox, selectionBox } from './selection-box.js';

export interface ListOptions {
  readonly query: FilesQuery;
  readonly folders: readonly FolderView[];
  readonly files: readonly FileView[];
  readonly selection: Selection;
  readonly sortBy: (sort: Sort, order: 'asc' | 'desc') => void;
  readonly changed: () => void;
}

export interface Shown {
  readonly view: HTMLElement;
  append(files: readonly FileView[]): void;
}

type Row = { readonly folder: FolderView } | { readonly file: FileView };

/** Folders and files as a table. */
export function fileList(options: ListOptions): Shown {
  const columns = listColumns(options);
  const rows: Row[] = [
    ...options.folders.map((folder) => ({ folder })),
    ...options.files.map((file) => ({ file })),
  ];
  const view = table<Row>({ caption: 'Files and folders', columns, rows, rowId });
  const append = (files: readonly FileView[]) =>
    view
      .querySelector('tbody')
      ?.append(...files.map((file) => tableRow(columns, { file }, file.id)));
  return { view, append };
}

function rowId(row: Row): string {
  return 'file' in row ? row.file.id : row.folder.path;
}

function listColumns(options: ListOptions): Column<Row>[] {
  const { query, selection, changed } = options;
  const ids = () => options.files.map(({ id }) => id);
  const file = (show: (file: FileView) => Child) => (row: Row) =>
    'file' in row ? show(row.file) : null;
  return [
    {
      title: 'Select',
      untitled: true,
      head: selectAllBox(selection, ids),
      cell: file(({ id, name }) => selectionBox(selection, id, name)),
    },
    {
      title: 'Name',
      primary: true,
      ...sortable('name', 'Name', options),
      cell: (row) =>
        'file' in row ? fileName(row.file, query.query !== '') : folderName(row.folder),
    },
    {
      title: 'Size',
      numeric: true,
      ...sortable('size', 'Size', options),
      cell: file(({ size }) => bytes(size)),
    },
    { title: 'Visible to', cell: file(({ visibility }) => visibilityBadge(visibility)) },
    {
      title: 'Uploaded',
      ...sortable('uploadedAt', 'Uploaded', options),
      cell: file(({ uploadedAt }) => moment(uploadedAt)),
    },
    {
      title: 'Actions',
      untitled: true,
      cell: (row) =>
        'file' in row
          ? menuButton({
              label: `Actions for ${row.file.name}`,
              icon: 'more',
              items: () => fileMenu(row.file, query.folder, changed),
            })
          : folderActions(row.folder, changed),
    },
  ];
}

function sortable(sort: Sort, title: string, { query, sortBy }: ListOptions) {
  const current = query.sort === sort;
  const other = query.order === 'asc' ? 'desc' : 'asc';
  const head = element(
    'button',
    {
      type: 'button',
      class: `sort${current ? ` sort-${query.order}` : ''}`,
      on: { click: () => sortBy(sort, current ? other : usualOrder(sort)) },
    },
    title,
    icon('collapse'),
  );
  if (!current) return { head };
  return { head, sorted: query.order === 'asc' ? ('ascending' as const) : ('descending' as const) };
}

export function fileName(file: FileView, withFolder: boolean): HTMLElement {
  return element(
    'span',
    { class: 'name' },
    thumbnail(file, 'name-picture'),
    element(
      'span',
      { class: 'name-text' },
      element('a', { href: `/file/${file.id}` }, file.name),
      withFolder &&
        element('span', { class: 'soft' }, file.folder === '' ? 'My files' : file.folder),
    ),
  );
}

/** A small picture of the content, or one of its kind. */
export function thumbnail(file: FileView, className: string): HTMLElement {
  const kind = () => icon(contentIcon(file.contentType));
  const frame = element('span', { class: className });
  if (file.thumbnailUrl === null) frame.append(kind());
  else {
    const picture = element('img', {
      src: file.thumbnailUrl,
      alt: '',
      loading: 'lazy',
      decoding: 'async',
      on: { error: () => picture.replaceWith(kind()) },
    });
    frame.append(picture);
  }
  return frame;
}

function folderName(folder: FolderView): HTMLElement {
  return element(
    'span',
    { class: 'name' },
    element('span', { class: 'name-picture name-folder' }, icon('folder')),
    element(
      'span',
      { class: 'name-text' },
      element('a', { href: folderPath(folder.path) }, folder.name),
      element(
        'span',
        { class: 'soft' },
        `${plural(folder.files, 'file')} · ${bytes(folder.bytes)}`,
      ),
    ),
  );
}

export function folderActions(folder: FolderView, changed: () => void): Child {
  if (folder.files > 0) return null;
  return iconButton({
    label: `Delete the empty folder ${folder.name}`,
    icon: 'delete',
    onClick: () => void deleteFolder(folder.path).then((done) => done && changed()),
  });
}
