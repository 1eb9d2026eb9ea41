import { element } from '../../dom/element.js';
import type { PageFactory } from '../../page.js';
import { field } from '../../parts/field.js';
import { accountForm, emailField, nextPath, passwordField } from './form.js';

/** Characters; the server has the last word. */
const SHORTEST_PASSWORD = 10;

export const registerPage: PageFactory = ({ session, navigate, url }) => {
  const name = field({ label: 'Name', name: 'name', required: true, autocomplete: 'name' });
  const email = emailField();
  const password = passwordField({
    autocomplete: 'new-password',
    minLength: SHORTEST_PASSWORD,
    hint: `At least ${SHORTEST_PASSWORD} characters. A few words are good, and easy to remember.`,
  });
  const view = accountForm({
    title: 'Create an account',
    lead: 'A place for your files, to keep for yourself or to share.',
    fields: [name, email, password],
    action: 'Create account',
    submit: async () => {
      await session.register({
        name: name.input.value.trim(),
        email: email.input.value.trim(),
        password: password.input.value,
      });
      navigate(nextPath(url), { replace: true });
    },
    after: ['You have an account? ', element('a', { href: `/login${url.search}` }, 'Sign in')],
  });
  return { title: 'Create an account', view };
};
