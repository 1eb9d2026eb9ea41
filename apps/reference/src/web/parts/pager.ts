import type { List } from '../../api-types.js';
import { describe } from '../api/client.js';
import { element } from '../dom/element.js';
import { busy, button } from './button.js';
import { toast } from './toast.js';

/** A button below a list that appends the next page, as long as there is one. */
export function pager<Item>(options: {
  readonly first: List<Item>;
  readonly load: (cursor: string) => Promise<List<Item>>;
  readonly append: (items: readonly Item[]) => void;
}): HTMLElement {
  let cursor = options.first.nextCursor;
  const more = button({
    text: 'Show more',
    icon: 'collapse',
    onClick: () => {
      if (cursor === null) return;
      busy(more, options.load(cursor)).then(
        (list) => {
          options.append(list.items);
          cursor = list.nextCursor;
          view.hidden = cursor === null;
        },
        (error: unknown) => toast(describe(error), 'bad'),
      );
    },
  });
  const view = element('div', { class: 'pager', hidden: cursor === null }, more);
  return view;
}
