import { element, fill } from '../dom/element.js';

export interface ProgressBar {
  readonly view: HTMLElement;
  /** `value` of `max`; the text beside the bar. */
  set(value: number, text?: string): void;
}

export function progressBar(options: {
  readonly label: string;
  readonly max: number;
}): ProgressBar {
  const bar = element('progress', {
    'aria-label': options.label,
    max: Math.max(options.max, 1),
    value: 0,
  });
  const text = element('span', { class: 'progress-text' });
  const set = (value: number, shown = '') => {
    bar.value = value;
    fill(text, shown);
  };
  return { view: element('div', { class: 'progress' }, bar, text), set };
}
