import type { Visibility } from '../../../api-types.js';
import { type Child, element, fill } from '../../dom/element.js';
import type { PageContext } from '../../page.js';
import { button } from '../../parts/button.js';
import { openDialog } from '../../parts/dialog.js';
import { select } from '../../parts/field.js';
import { menuButton } from '../../parts/menu.js';
import { bytes } from '../../text/quantity.js';
import type { PickedFile } from '../../uploads/dropped.js';
import { chooseMethod, chosenMethod, METHODS } from '../../uploads/method.js';
import { pickFiles } from '../../uploads/pick.js';

const STORED = 'upload-visibility';

/** The buttons that begin uploads into a folder, and what takes files from elsewhere. */
export function uploadActions(
  { uploads, session }: PageContext,
  folder: string,
): { buttons: Child; take(files: readonly PickedFile[]): void } {
  const take = (files: readonly PickedFile[]) =>
    uploads.add(
      files.map(({ file, folder: below }) => ({
        file,
        folder: [folder, below].filter((part) => part !== '').join('/'),
        visibility: chosenVisibility(),
      })),
    );
  const pick = (options: { multiple?: boolean; folder?: boolean }) =>
    void pickFiles(options).then(take);
  const buttons = [
    button({
      text: 'Upload files',
      icon: 'upload',
      kind: 'primary',
      onClick: () => pick({ multiple: true }),
    }),
    menuButton({
      label: 'More ways to upload',
      icon: 'collapse',
      items: () => [
        { text: 'Upload a folder', icon: 'folder', onSelect: () => pick({ folder: true }) },
        {
          text: 'How to upload…',
          icon: 'filter',
          onSelect: () => uploadSettings(session.current.limits.maxBytes),
        },
      ],
    }),
  ];
  return { buttons, take };
}

function uploadSettings(maxBytes: number): void {
  const hint = element('p', { class: 'field-hint', 'aria-live': 'polite' });
  const explain = () =>
    fill(hint, METHODS.find(({ value }) => value === chosenMethod())?.hint ?? '');
  const method = select({
    label: 'How to upload',
    value: chosenMethod(),
    options: METHODS,
    onChange: (value) => {
      chooseMethod(value);
      explain();
    },
  });
  method.view.append(hint);
  explain();
  const visibility = select<Visibility>({
    label: 'New files are visible to',
    value: chosenVisibility(),
    options: [
      { value: 'private', text: 'me only' },
      { value: 'public', text: 'everyone with the address' },
    ],
    onChange: (value) => localStorage.setItem(STORED, value),
  });
  const dialog = openDialog({
    title: 'How to upload',
    body: element(
      'div',
      { class: 'stack' },
      method.view,
      visibility.view,
      element(
        'p',
        { class: 'soft' },
        `Files of up to ${bytes(maxBytes)} are taken. Kept on this device.`,
      ),
    ),
    actions: button({ text: 'Done', kind: 'primary', onClick: () => dialog.close() }),
  });
}

function chosenVisibility(): Visibility {
  return localStorage.getItem(STORED) === 'public' ? 'public' : 'private';
}
