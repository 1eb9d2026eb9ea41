import { describe } from '../api/client.js';
import { ApiError } from '../api/error.js';
import { type Child, element, fill } from '../dom/element.js';
import { busy, button, iconButton } from './button.js';
import { type Field, field } from './field.js';
import { freeToasts } from './toast.js';

export interface OpenDialog {
  readonly view: HTMLDialogElement;
  close(): void;
  readonly closed: Promise<void>;
}

/** A modal dialog; the browser keeps the focus inside, and gives it back afterwards. */
export function openDialog(options: {
  readonly title: string;
  readonly body: Child;
  readonly actions?: Child;
  readonly wide?: boolean;
}): OpenDialog {
  const close = () => view.close();
  const view = element(
    'dialog',
    {
      class: `dialog${options.wide === true ? ' dialog-wide' : ''}`,
      'aria-labelledby': 'dialog-title',
    },
    element(
      'header',
      { class: 'dialog-head' },
      element('h2', { id: 'dialog-title' }, options.title),
      iconButton({ label: 'Close', icon: 'close', onClick: close }),
    ),
    element('div', { class: 'dialog-body' }, options.body),
    options.actions && element('footer', { class: 'dialog-actions' }, options.actions),
  );
  const closed = new Promise<void>((resolve) =>
    view.addEventListener('close', () => {
      freeToasts(view);
      view.remove();
      resolve();
    }),
  );
  document.body.append(view);
  view.showModal();
  return { view, close, closed };
}

/** Asks before something that can't be taken back. Closing the dialog is a no. */
export async function confirm(options: {
  readonly title: string;
  readonly text: Child;
  /** What the button does, as a verb: `Delete 3 files`. */
  readonly action: string;
  readonly danger?: boolean;
}): Promise<boolean> {
  let agreed = false;
  const yes = button({
    text: options.action,
    kind: options.danger === true ? 'danger' : 'primary',
    onClick: () => {
      agreed = true;
      dialog.close();
    },
  });
  const no = button({ text: 'Cancel', onClick: () => dialog.close() });
  const dialog = openDialog({ title: options.title, body: options.text, actions: [no, yes] });
  no.focus();
  await dialog.closed;
  return agreed;
}

/** Asks for one text, and stays open until `save` has taken it. */
export async function askText(options: {
  readonly title: string;
  readonly label: string;
  readonly action: string;
  readonly value?: string;
  readonly hint?: string;
  readonly maxLength?: number;
  /** What is to be marked in the value: a name without its extension. */
  readonly select?: (value: string) => number;
  readonly save: (value: string) => Promise<void>;
}): Promise<void> {
  const asked = field({ name: 'value', required: true, ...options });
  const save = button({ text: options.action, kind: 'primary', submit: true });
  const dialog = openForm(
    options.title,
    asked.view,
    save,
    async () => {
      const value = asked.input.value.trim();
      if (value === '') throw new ApiError(422, 'empty', 'Type something first.');
      await options.save(value);
    },
    asked,
  );
  asked.input.focus();
  asked.input.setSelectionRange(0, options.select?.(asked.input.value) ?? asked.input.value.length);
  await dialog.closed;
}

/** A dialog with a form that closes when it was taken. */
function openForm(
  title: string,
  body: Child,
  save: HTMLButtonElement,
  submit: () => Promise<void>,
  first?: Field,
): OpenDialog {
  const problem = element('p', { class: 'field-problem', role: 'alert' });
  const form = element(
    'form',
    { class: 'stack', novalidate: true },
    body,
    problem,
    element(
      'footer',
      { class: 'dialog-actions' },
      button({ text: 'Cancel', onClick: () => dialog.close() }),
      save,
    ),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (save.getAttribute('aria-busy') === 'true') return;
    fill(problem);
    busy(save, submit()).then(
      () => dialog.close(),
      (error: unknown) => {
        if (first === undefined) return fill(problem, describe(error));
        first.fail(describe(error));
        first.input.focus();
      },
    );
  });
  const dialog = openDialog({ title, body: form });
  return dialog;
}
