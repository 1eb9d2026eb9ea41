import type { FileView } from '../../../api-types.js';
import { element, fill } from '../../dom/element.js';
import { button, iconButton } from '../../parts/button.js';
import { bytes, plural } from '../../text/quantity.js';
import { deleteFiles, moveFiles, showFilesTo } from './actions.js';
import type { Selection } from './selection.js';

/** What can be done with the selected files, as long as there are some. `endpoint`: where deletes and visibility go. */
export function batchBar(options: {
  readonly selection: Selection;
  readonly files: () => readonly FileView[];
  readonly changed: () => void;
  /** Where the user is; without it nothing can be moved. */
  readonly folder?: string;
  readonly endpoint?: string;
}): HTMLElement {
  const { selection, folder, endpoint } = options;
  const said = element('p', { class: 'batch-text', 'aria-live': 'polite' });
  const chosen = () => options.files().filter(({ id }) => selection.has(id));
  const run = (work: Promise<boolean>) =>
    void work.then((changed) => {
      if (!changed) return;
      selection.clear();
      options.changed();
    });
  const buttons = element(
    'div',
    { class: 'row batch-actions' },
    folder !== undefined &&
      button({
        text: 'Move…',
        icon: 'move',
        small: true,
        onClick: () => run(moveFiles(chosen(), folder)),
      }),
    button({
      text: 'Make public',
      icon: 'public',
      small: true,
      onClick: () => run(showFilesTo(chosen(), 'public', endpoint)),
    }),
    button({
      text: 'Make private',
      icon: 'private',
      small: true,
      onClick: () => run(showFilesTo(chosen(), 'private', endpoint)),
    }),
    button({
      text: 'Delete…',
      icon: 'delete',
      kind: 'danger',
      small: true,
      onClick: () => run(deleteFiles(chosen(), endpoint)),
    }),
    iconButton({ label: 'Select none', icon: 'close', onClick: () => selection.clear() }),
  );
  const bar = element(
    'div',
    { class: 'batch', role: 'region', 'aria-label': 'Selected files' },
    said,
    buttons,
  );
  const show = () => {
    const files = chosen();
    const size = files.reduce((sum, file) => sum + file.size, 0);
    bar.classList.toggle('batch-shown', files.length > 0);
    buttons.inert = files.length === 0;
    fill(said, files.length > 0 && `${plural(files.length, 'file')} selected · ${bytes(size)}`);
  };
  selection.onChange(show);
  show();
  return bar;
}
