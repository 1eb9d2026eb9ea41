import { element } from '../dom/element.js';
import type { PageFactory } from '../page.js';
import { buttonLink } from '../parts/button.js';
import { pageHeader } from '../parts/layout.js';
import { emptyState } from '../parts/notice.js';

/** For an address that leads nowhere. */
export const notFoundPage: PageFactory = () => ({
  title: 'Not found',
  view: element(
    'div',
    { class: 'page' },
    pageHeader({ title: 'Not found' }),
    emptyState({
      icon: 'search',
      title: 'There is no such page',
      text: 'The address may be mistyped, or from an older release.',
      action: buttonLink({ text: 'Go to your files', href: '/', kind: 'primary' }),
    }),
  ),
});
