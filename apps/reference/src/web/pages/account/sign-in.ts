import { element } from '../../dom/element.js';
import type { PageFactory } from '../../page.js';
import { accountForm, emailField, nextPath, passwordField } from './form.js';

export const signInPage: PageFactory = ({ session, navigate, url }) => {
  const email = emailField();
  const password = passwordField({ autocomplete: 'current-password' });
  const view = accountForm({
    title: 'Sign in',
    lead: 'To your files, wherever they are stored.',
    fields: [email, password],
    action: 'Sign in',
    submit: async () => {
      await session.signIn(email.input.value.trim(), password.input.value);
      navigate(nextPath(url), { replace: true });
    },
    after: ['No account yet? ', element('a', { href: `/register${url.search}` }, 'Create one')],
  });
  return { title: 'Sign in', view };
};
