import { element } from '../dom/element.js';
import type { PageFactory } from '../page.js';
import { buttonLink } from '../parts/button.js';
import { pageHeader } from '../parts/layout.js';
import { emptyState } from '../parts/notice.js';

/** For a page of administrators, to somebody who is none. */
export const noPermissionPage: PageFactory = ({ session }) => ({
  title: 'No permission',
  view: element(
    'div',
    { class: 'page' },
    pageHeader({ title: 'No permission' }),
    emptyState({
      icon: 'private',
      title: 'This page is for administrators',
      text: `There is no such page for the account ${session.user?.email ?? ''}. Sign in with another one, or ask an administrator.`,
      action: buttonLink({ text: 'Go to your files', href: '/', kind: 'primary' }),
    }),
  ),
});
