import { element } from '../../dom/element.js';
import { icon } from '../../dom/icon.js';
import { droppedFiles, type PickedFile } from '../../uploads/dropped.js';

/** Files and folders that are dragged over the page. Returns how to end it. */
export function dropZone(page: HTMLElement, take: (files: PickedFile[]) => void): () => void {
  const overlay = element(
    'div',
    { class: 'drop', 'aria-hidden': 'true' },
    icon('upload'),
    element('p', null, 'Drop files or folders to upload them here'),
  );
  page.append(overlay);
  const control = new AbortController();
  const { signal } = control;
  const show = (on: boolean) => overlay.classList.toggle('drop-shown', on);
  addEventListener(
    'dragover',
    (event) => {
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      show(true);
    },
    { signal },
  );
  addEventListener('dragleave', (event) => event.relatedTarget === null && show(false), { signal });
  addEventListener(
    'drop',
    (event) => {
      show(false);
      if (event.dataTransfer?.types.includes('Files') !== true) return;
      event.preventDefault();
      void droppedFiles(event.dataTransfer).then(take);
    },
    { signal },
  );
  return () => control.abort();
}
