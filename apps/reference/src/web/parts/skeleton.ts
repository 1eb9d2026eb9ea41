import { element } from '../dom/element.js';

/** Grey lines of the height of what will stand there, so that nothing jumps when it comes. */
export function skeleton(
  lines: number,
  kind: 'line' | 'row' | 'tile' | 'block' = 'line',
): HTMLElement {
  return element(
    'div',
    { class: `skeleton skeleton-${kind}`, 'aria-hidden': 'true' },
    ...Array.from({ length: lines }, () => element('span')),
  );
}
