import { element, fill } from '../dom/element.js';

let made = 0;

export interface Field {
  readonly view: HTMLElement;
  readonly input: HTMLInputElement;
  /** Says what is wrong beside the field; without a message, that it is right again. */
  fail(message?: string): void;
}

/** An input with its label, a hint, and a place for what is wrong with it. */
export function field(options: {
  readonly label: string;
  readonly name: string;
  readonly type?: string;
  readonly value?: string;
  readonly hint?: string;
  readonly required?: boolean;
  readonly autocomplete?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly placeholder?: string;
}): Field {
  const id = nextId();
  const problem = element('p', {
    class: 'field-problem',
    id: `${id}-problem`,
    'aria-live': 'polite',
  });
  const input = element('input', {
    id,
    class: 'input',
    name: options.name,
    type: options.type ?? 'text',
    value: options.value,
    required: options.required,
    autocomplete: options.autocomplete ?? 'off',
    minlength: options.minLength,
    maxlength: options.maxLength,
    placeholder: options.placeholder,
    'aria-describedby': `${id}-hint ${id}-problem`,
  });
  const view = element(
    'div',
    { class: 'field' },
    element('label', { for: id }, options.label),
    input,
    element('p', { class: 'field-hint', id: `${id}-hint` }, options.hint ?? ''),
    problem,
  );
  const fail = (message?: string) => {
    fill(problem, message);
    if (message === undefined) input.removeAttribute('aria-invalid');
    else input.setAttribute('aria-invalid', 'true');
  };
  input.addEventListener('input', () => fail());
  return { view, input, fail };
}

export interface Select<Value extends string> {
  readonly view: HTMLElement;
  readonly input: HTMLSelectElement;
  get value(): Value;
}

/** A choice of one of few. */
export function select<Value extends string>(options: {
  readonly label: string;
  readonly options: readonly { readonly value: Value; readonly text: string }[];
  readonly value: Value;
  readonly onChange?: (value: Value) => void;
  /** For screen readers alone. */
  readonly hideLabel?: boolean;
}): Select<Value> {
  const id = nextId();
  const input = element(
    'select',
    { id, class: 'input' },
    ...options.options.map(({ value, text }) =>
      element('option', { value, selected: value === options.value }, text),
    ),
  );
  const chosen = () => options.options[input.selectedIndex]?.value ?? options.value;
  input.addEventListener('change', () => options.onChange?.(chosen()));
  const view = element(
    'div',
    { class: 'field' },
    element(
      'label',
      { for: id, class: options.hideLabel === true ? 'hidden' : null },
      options.label,
    ),
    input,
  );
  return {
    view,
    input,
    get value() {
      return chosen();
    },
  };
}

function nextId(): string {
  made++;
  return `field-${made}`;
}
