import type { AccountChange, AccountUsage, List, Role } from '../../../api-types.js';
import { api, describe } from '../../api/client.js';
import { element } from '../../dom/element.js';
import type { PageFactory } from '../../page.js';
import { badge } from '../../parts/badge.js';
import { button } from '../../parts/button.js';
import { confirm } from '../../parts/dialog.js';
import { select } from '../../parts/field.js';
import { pageHeader } from '../../parts/layout.js';
import { loaded } from '../../parts/loaded.js';
import { skeleton } from '../../parts/skeleton.js';
import { type Column, table } from '../../parts/table.js';
import { toast } from '../../parts/toast.js';

const ROLES: readonly { value: Role; text: string }[] = [
  { value: 'user', text: 'User' },
  { value: 'admin', text: 'Administrator' },
];

/** The accounts: who may administer, and who may no longer sign in. */
export const usersPage: PageFactory = ({ session }) => {
  const content = loaded({
    placeholder: skeleton(5, 'row'),
    load: (signal) => api.get<List<AccountUsage>>('/api/admin/users', {}, signal),
    show: ({ items }) =>
      table({
        caption: 'Users',
        columns: userColumns(session.user?.id, change),
        rows: items,
        rowId: ({ id }) => id,
      }),
  });
  const change = async (account: AccountUsage, wanted: AccountChange, done: string) => {
    try {
      await api.patch(`/api/admin/users/${account.id}`, wanted);
      toast(done);
    } catch (error) {
      toast(describe(error), 'bad');
    }
    await content.reload();
  };
  return {
    title: 'Users',
    view: element(
      'div',
      { class: 'page' },
      pageHeader({ title: 'Users', lead: 'Who has an account, and what they may do.' }),
      content.view,
    ),
    close: content.close,
  };
};

type Change = (account: AccountUsage, wanted: AccountChange, done: string) => Promise<void>;

function userColumns(self: string | undefined, change: Change): Column<AccountUsage>[] {
  return [
    {
      title: 'Name',
      primary: true,
      cell: ({ name, email }) =>
        element(
          'span',
          { class: 'name-text' },
          element('strong', null, name),
          element('span', { class: 'soft' }, email),
        ),
    },
    {
      title: 'Role',
      cell: (account) =>
        account.id === self
          ? ROLES.find(({ value }) => value === account.role)?.text
          : select({
              label: `Role of ${account.name}`,
              hideLabel: true,
              value: account.role,
              options: ROLES,
              onChange: (role) =>
                void change(account, { role }, `The role of ${account.name} was changed.`),
            }).view,
    },
    {
      title: 'State',
      cell: ({ disabled }) => (disabled ? badge('Disabled', 'warn') : badge('Active', 'good')),
    },
    {
      title: 'Actions',
      untitled: true,
      cell: (account) =>
        account.id === self
          ? element('span', { class: 'soft' }, 'You')
          : accessButton(account, change),
    },
  ];
}

function accessButton(account: AccountUsage, change: Change): HTMLElement {
  const { name } = account;
  if (account.disabled)
    return button({
      text: 'Enable',
      small: true,
      onClick: () => void change(account, { disabled: false }, `${name} can sign in again.`),
    });
  return button({
    text: 'Disable…',
    small: true,
    onClick: () => {
      void confirm({
        title: `Disable ${name}?`,
        text: `${name} is signed out and can’t sign in. The files stay, and public ones stay public.`,
        action: 'Disable',
        danger: true,
      }).then((yes) =>
        yes ? change(account, { disabled: true }, `${name} was disabled.`) : undefined,
      );
    },
  });
}
