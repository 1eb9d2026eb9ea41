import type { FileView, FolderView } from '../../../api-types.js';
import { element } from '../../dom/element.js';
import { icon } from '../../dom/icon.js';
import { badge } from '../../parts/badge.js';
import { menuButton } from '../../parts/menu.js';
import { bytes, plural } from '../../text/quantity.js';
import { fileMenu } from './actions.js';
import { folderActions, type ListOptions, type Shown, thumbnail } from './file-list.js';
import { folderPath } from './query.js';
import { selectionBox } from './selection-box.js';

/** Folders and files as tiles with their pictures. */
export function fileGrid(options: ListOptions): Shown {
  const tiles = element(
    'ul',
    { class: 'grid', 'aria-label': 'Files' },
    ...options.files.map((file) => fileTile(file, options)),
  );
  const folders = element(
    'ul',
    { class: 'grid grid-folders', 'aria-label': 'Folders', hidden: options.folders.length === 0 },
    ...options.folders.map((folder) => folderTile(folder, options.changed)),
  );
  return {
    view: element('div', { class: 'stack' }, folders, tiles),
    append: (files) => tiles.append(...files.map((file) => fileTile(file, options))),
  };
}

function fileTile(file: FileView, { selection, query, changed }: ListOptions): HTMLLIElement {
  const { id, name, size, visibility } = file;
  const tile = element(
    'li',
    { class: 'tile', 'data-id': id },
    element(
      'a',
      { class: 'tile-link', href: `/file/${id}` },
      thumbnail(file, 'tile-picture'),
      element('span', { class: 'tile-name', title: name }, name),
    ),
    element(
      'p',
      { class: 'tile-detail soft' },
      bytes(size),
      visibility === 'public' && badge('Public', 'accent', 'public'),
    ),
    element('div', { class: 'tile-box' }, selectionBox(selection, id, name)),
    element(
      'div',
      { class: 'tile-menu' },
      menuButton({
        label: `Actions for ${name}`,
        icon: 'more',
        items: () => fileMenu(file, query.folder, changed),
      }),
    ),
  );
  const show = () => tile.classList.toggle('tile-selected', selection.has(id));
  selection.onChange(show);
  show();
  return tile;
}

function folderTile(folder: FolderView, changed: () => void): HTMLLIElement {
  return element(
    'li',
    { class: 'tile tile-folder' },
    element(
      'a',
      { class: 'tile-link', href: folderPath(folder.path) },
      element('span', { class: 'name-picture name-folder' }, icon('folder')),
      element(
        'span',
        { class: 'name-text' },
        element('span', { class: 'tile-name', title: folder.name }, folder.name),
        element('span', { class: 'soft' }, plural(folder.files, 'file')),
      ),
    ),
    folderActions(folder, changed),
  );
}
