import type { BatchAction, BatchOutcome, FileView, Visibility } from '../../../api-types.js';
import { api, describe } from '../../api/client.js';
import { ApiError } from '../../api/error.js';
import { element } from '../../dom/element.js';
import { askText, confirm } from '../../parts/dialog.js';
import type { MenuItem } from '../../parts/menu.js';
import { toast } from '../../parts/toast.js';
import { plural } from '../../text/quantity.js';
import { pickFolder } from './folder-picker.js';

/** Longest name of a file or a folder, in characters. */
const LONGEST_NAME = 200;

/** Each resolves to whether something was changed. */
async function renameFile(file: FileView): Promise<boolean> {
  let renamed = false;
  await askText({
    title: 'Rename',
    label: 'New name',
    action: 'Rename',
    value: file.name,
    maxLength: LONGEST_NAME,
    hint: 'Links to the file stay good.',
    select: (name) => (name.lastIndexOf('.') > 0 ? name.lastIndexOf('.') : name.length),
    save: async (name) => {
      await api.patch(`/api/files/${file.id}`, { name });
      renamed = true;
    },
  });
  return renamed;
}

export async function makeFolder(parent: string): Promise<boolean> {
  let made = false;
  await askText({
    title: 'New folder',
    label: 'Name',
    action: 'Create folder',
    maxLength: LONGEST_NAME,
    save: async (name) => {
      if (name.includes('/')) throw new ApiError(422, 'name', 'A name has no slash in it.');
      await api.post('/api/folders', { path: parent === '' ? name : `${parent}/${name}` });
      made = true;
    },
  });
  return made;
}

export async function deleteFolder(path: string): Promise<boolean> {
  const agreed = await confirm({
    title: 'Delete this folder?',
    text: `“${path}” is removed if there is nothing in it.`,
    action: 'Delete folder',
    danger: true,
  });
  if (!agreed) return false;
  return attempt(() => api.delete('/api/folders', { path }), 'The folder was deleted.');
}

export async function moveFiles(files: readonly FileView[], from: string): Promise<boolean> {
  let moved = false;
  await pickFolder({
    title: `Move ${plural(files.length, 'file')}`,
    action: 'Move here',
    from,
    save: async (folder) => {
      report(await batch({ action: 'move', ids: idsOf(files), folder }), 'moved');
      moved = true;
    },
  });
  return moved;
}

export async function deleteFiles(files: readonly FileView[], endpoint?: string): Promise<boolean> {
  const [first] = files;
  if (first === undefined) return false;
  const agreed = await confirm({
    title: files.length === 1 ? `Delete “${first.name}”?` : `Delete ${files.length} files?`,
    text: [
      element('p', null, 'The content is removed from the store, and share links stop working.'),
      element('p', null, element('strong', null, 'This can’t be undone.')),
    ],
    action: `Delete ${plural(files.length, 'file')}`,
    danger: true,
  });
  if (!agreed) return false;
  return attemptBatch({ action: 'delete', ids: idsOf(files) }, 'deleted', endpoint);
}

export async function showFilesTo(
  files: readonly FileView[],
  visibility: Visibility,
  endpoint?: string,
): Promise<boolean> {
  if (visibility === 'public') {
    const agreed = await confirm({
      title: `Make ${plural(files.length, 'file')} public?`,
      text: 'Everyone who has the address can then read the content, without an account.',
      action: 'Make public',
    });
    if (!agreed) return false;
  }
  return attemptBatch(
    { action: 'visibility', ids: idsOf(files), visibility },
    `made ${visibility}`,
    endpoint,
  );
}

/** What can be done with one file, for its menu. */
export function fileMenu(
  file: FileView,
  folder: string,
  changed: () => void,
  deleted = changed,
): MenuItem[] {
  const then = (work: Promise<boolean>, next = changed) => void work.then((did) => did && next());
  const other = file.visibility === 'public' ? 'private' : 'public';
  return [
    { text: 'Download', icon: 'download', onSelect: () => download(file) },
    { text: 'Rename…', icon: 'rename', onSelect: () => then(renameFile(file)) },
    { text: 'Move…', icon: 'move', onSelect: () => then(moveFiles([file], folder)) },
    { text: `Make ${other}`, icon: other, onSelect: () => then(showFilesTo([file], other)) },
    {
      text: 'Delete…',
      icon: 'delete',
      danger: true,
      onSelect: () => then(deleteFiles([file]), deleted),
    },
  ];
}

export function downloadUrl(file: FileView): string {
  return `${file.url}?download`;
}

function download(file: FileView): void {
  element('a', { href: downloadUrl(file), download: file.name }).click();
}

async function attemptBatch(
  action: BatchAction,
  verb: string,
  endpoint?: string,
): Promise<boolean> {
  try {
    const outcome = await batch(action, endpoint);
    report(outcome, verb);
    return outcome.done.length > 0;
  } catch (error) {
    toast(describe(error), 'bad');
    return false;
  }
}

function batch(action: BatchAction, endpoint = '/api/files/batch'): Promise<BatchOutcome> {
  return api.post<BatchOutcome>(endpoint, action);
}

/** Some may have worked: both are said. */
function report({ done, failed }: BatchOutcome, verb: string): void {
  if (done.length > 0)
    toast(`${plural(done.length, 'file')} ${done.length === 1 ? 'was' : 'were'} ${verb}.`);
  const [first] = failed;
  if (first !== undefined)
    toast(`${plural(failed.length, 'file')} could not be ${verb}: ${first.message}`, 'bad');
}

async function attempt(work: () => Promise<unknown>, success: string): Promise<boolean> {
  try {
    await work();
    toast(success);
    return true;
  } catch (error) {
    toast(describe(error), 'bad');
    return false;
  }
}

function idsOf(files: readonly FileView[]): string[] {
  return files.map(({ id }) => id);
}
