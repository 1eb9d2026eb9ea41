import type { FileList, FileView } from '../../../api-types.js';
import { api } from '../../api/client.js';
import { type Child, element } from '../../dom/element.js';
import type { PageFactory } from '../../page.js';
import { button } from '../../parts/button.js';
import { pageHeader } from '../../parts/layout.js';
import { loaded } from '../../parts/loaded.js';
import { emptyState } from '../../parts/notice.js';
import { pager } from '../../parts/pager.js';
import { skeleton } from '../../parts/skeleton.js';
import { makeFolder } from './actions.js';
import { batchBar } from './batch-bar.js';
import { breadcrumbs } from './breadcrumbs.js';
import { dropZone } from './drop-zone.js';
import { fileGrid } from './file-grid.js';
import { fileList, type ListOptions } from './file-list.js';
import { addressOf, type FilesQuery, readQuery } from './query.js';
import { Selection } from './selection.js';
import { chosenView, toolbar } from './toolbar.js';
import { uploadActions } from './upload-actions.js';

/** Files of a page of the list. */
const PAGE = 50;

/** A folder: what is in it, and all that can be done with it. */
export const filesPage: PageFactory = (context) => {
  const folder = context.parameters['folder'] ?? '';
  const name = folder.split('/').at(-1) || 'My files';
  let query = readQuery(folder, context.url);
  let files: FileView[] = [];
  let selection = new Selection();

  const load = (cursor?: string, signal?: AbortSignal) =>
    api.get<FileList>('/api/files', { ...query, limit: PAGE, cursor }, signal);
  const reload = () => void content.reload();
  const ask = (change: Partial<FilesQuery>) => {
    query = { ...query, ...change };
    history.replaceState(null, '', addressOf(query)); // in place: the field that is typed in keeps the focus
    reload();
  };
  const upload = uploadActions(context, folder);

  const show = (list: FileList): Child => {
    files = [...list.items];
    const chosen = selection.ids;
    selection = new Selection(); // the old one still tells boxes that are gone
    selection.set(
      chosen.filter((id) => files.some((file) => file.id === id)),
      true,
    );
    if (files.length === 0 && list.folders.length === 0) return nothing(query, upload.buttons);
    const options: ListOptions = {
      query,
      folders: list.folders,
      files,
      selection,
      changed: reload,
      sortBy: (sort, order) => ask({ sort, order }),
    };
    const shown = chosenView() === 'grid' ? fileGrid(options) : fileList(options);
    const more = pager({
      first: list,
      load: (cursor) => load(cursor),
      append: (items) => {
        files.push(...items);
        shown.append(items);
      },
    });
    const bar = batchBar({ selection, files: () => files, changed: reload, folder });
    return [bar, shown.view, more];
  };

  const content = loaded({
    placeholder: skeleton(8, 'row'),
    load: (signal) => load(undefined, signal),
    show,
  });
  const view = element(
    'div',
    { class: 'page' },
    pageHeader({
      title: name,
      above: folder !== '' && breadcrumbs(folder),
      actions: [
        button({
          text: 'New folder',
          icon: 'add',
          onClick: () => void makeFolder(folder).then((made) => made && reload()),
        }),
        upload.buttons,
      ],
    }),
    toolbar({ query, ask, showAs: reload }),
    content.view,
  );
  const endDrop = dropZone(view, (picked) => upload.take(picked));
  const endStored = context.uploads.onStored(soon(reload));
  return {
    title: name,
    view,
    close: () => {
      endDrop();
      endStored();
      content.close();
    },
  };
};

function nothing(query: FilesQuery, buttons: Child): HTMLElement {
  if (query.query !== '' || query.type !== '')
    return emptyState({
      icon: 'search',
      title: 'Nothing found',
      text: 'No file fits. Try another word, or all types.',
    });
  return emptyState({
    icon: 'folder',
    title: query.folder === '' ? 'Your files will be here' : 'This folder is empty',
    text: 'Drop files or whole folders anywhere on this page, or pick them.',
    action: buttons,
  });
}

/** Many files that arrive together are one reason to look. */
function soon(work: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, 200);
  };
}
