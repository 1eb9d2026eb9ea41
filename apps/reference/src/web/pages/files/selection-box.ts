import { element } from '../../dom/element.js';
import type { Selection } from './selection.js';

/** The box of one file. */
export function selectionBox(selection: Selection, id: string, name: string): HTMLElement {
  const box = element('input', {
    type: 'checkbox',
    class: 'box',
    'aria-label': `Select ${name}`,
    checked: selection.has(id),
    on: { change: () => selection.set([id], box.checked) },
  });
  selection.onChange(() => {
    box.checked = selection.has(id);
  });
  return element('span', { class: 'box-target' }, box);
}

/** The box of all files that are shown. */
export function selectAllBox(selection: Selection, ids: () => readonly string[]): HTMLElement {
  const box = element('input', {
    type: 'checkbox',
    class: 'box',
    'aria-label': 'Select all that are shown',
    on: { change: () => selection.set(ids(), box.checked) },
  });
  const show = () => {
    const chosen = ids().filter((id) => selection.has(id)).length;
    box.checked = chosen > 0 && chosen === ids().length;
    box.indeterminate = chosen > 0 && !box.checked;
  };
  selection.onChange(show);
  show();
  return element('span', { class: 'box-target' }, box);
}
