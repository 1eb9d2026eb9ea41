import { type Child, element, fill } from '../dom/element.js';
import { loadFailure } from './notice.js';

export interface Loaded {
  readonly view: HTMLElement;
  /** Loads anew. What is shown stays until the new content is there. */
  reload(): Promise<void>;
  /** Answers that are still on their way are dropped. */
  close(): void;
}

/** A region with a placeholder until its content is there, or what went wrong with a way to try again. */
export function loaded<T>(options: {
  readonly placeholder: Child;
  readonly load: (signal: AbortSignal) => Promise<T>;
  readonly show: (content: T) => Child;
}): Loaded {
  const view = element('div', { class: 'loaded', 'aria-busy': 'true' }, options.placeholder);
  let current = new AbortController();
  const reload = async () => {
    current.abort();
    const mine = new AbortController();
    current = mine;
    view.setAttribute('aria-busy', 'true');
    try {
      const content = await options.load(mine.signal);
      if (!mine.signal.aborted) fill(view, options.show(content));
    } catch (error) {
      if (!mine.signal.aborted)
        fill(
          view,
          loadFailure(error, () => void reload()),
        );
    }
    if (!mine.signal.aborted) view.removeAttribute('aria-busy');
  };
  void reload();
  return { view, reload, close: () => current.abort() };
}
