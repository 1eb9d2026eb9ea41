import { ApiError, describe } from '../../api/client.js';
import { type Child, element, fill } from '../../dom/element.js';
import { busy, button } from '../../parts/button.js';
import { type Field, field } from '../../parts/field.js';

/** A form in the middle of the page: what is wrong stands beside its field, or above the button. */
export function accountForm(options: {
  readonly title: string;
  readonly lead: string;
  readonly fields: readonly Field[];
  readonly action: string;
  readonly submit: () => Promise<void>;
  readonly after: Child;
}): HTMLElement {
  const { fields } = options;
  const problem = element('p', { class: 'field-problem', role: 'alert' });
  const send = button({ text: options.action, kind: 'primary', submit: true });
  const form = element(
    'form',
    { class: 'stack', novalidate: true },
    ...fields.map(({ view }) => view),
    problem,
    send,
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (send.getAttribute('aria-busy') === 'true') return;
    fill(problem);
    if (!check(fields)) return;
    busy(send, options.submit()).catch((error: unknown) => {
      const known = error instanceof ApiError ? error.fields : {};
      const wrong = fields.filter(({ input }) => known[input.name] !== undefined);
      for (const field of wrong) field.fail(known[field.input.name]);
      if (wrong.length === 0) fill(problem, describe(error));
      (wrong[0]?.input ?? send).focus();
    });
  });
  return element(
    'div',
    { class: 'account card' },
    element('h1', { tabindex: -1 }, options.title),
    element('p', { class: 'lead' }, options.lead),
    form,
    element('p', { class: 'account-after' }, options.after),
  );
}

export function emailField(): Field {
  return field({
    label: 'Email',
    name: 'email',
    type: 'email',
    required: true,
    autocomplete: 'username',
  });
}

/** Of who has one, or of who chooses one. */
export function passwordField(
  options: { readonly autocomplete: 'current-password' } | NewPassword,
): Field {
  return field({
    label: 'Password',
    name: 'password',
    type: 'password',
    required: true,
    ...options,
  });
}

interface NewPassword {
  readonly autocomplete: 'new-password';
  /** Characters. */
  readonly minLength: number;
  readonly hint: string;
}

/** The browser's own rules, said beside each field. */
function check(fields: readonly Field[]): boolean {
  const wrong = fields.filter(({ input }) => !input.checkValidity());
  for (const { input, fail } of wrong) fail(input.validationMessage);
  wrong[0]?.input.focus();
  return wrong.length === 0;
}

/** Where to go afterwards: a path of this application, never another site's address. */
export function nextPath(url: URL): string {
  const next = url.searchParams.get('next') ?? '/';
  return new URL(next, url).origin === url.origin && next.startsWith('/') ? next : '/';
}
