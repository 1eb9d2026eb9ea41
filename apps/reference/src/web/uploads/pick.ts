import { element } from '../dom/element.js';
import { type PickedFile, pickedFiles } from './dropped.js';

/** Has the user pick files, or a folder with all that is in it. None when they think better of it. */
export function pickFiles(options: {
  multiple?: boolean;
  folder?: boolean;
}): Promise<PickedFile[]> {
  return new Promise((resolve) => {
    const input = element('input', {
      type: 'file',
      multiple: options.multiple,
      webkitdirectory: options.folder,
    });
    input.addEventListener('change', () =>
      resolve(input.files === null ? [] : pickedFiles(input.files)),
    );
    input.addEventListener('cancel', () => resolve([]));
    input.click();
  });
}
