export type Child = Node | string | number | false | null | undefined | readonly Child[];

type Value = string | number | boolean | null | undefined;

type Listeners = {
  readonly [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void;
};

/** `true` is an empty attribute; `false`, `null` and `undefined` are none. */
export type Attributes = Readonly<Record<string, Value | Listeners>> & { readonly on?: Listeners };

/** An HTML element. Strings become text, and never mark-up. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes?: Attributes | null,
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const created = document.createElement(tag);
  furnish(created, attributes, children);
  return created;
}

/** An SVG element. */
export function vector<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes?: Attributes | null,
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  const created = document.createElementNS('http://www.w3.org/2000/svg', tag);
  furnish(created, attributes, children);
  return created;
}

/** Puts children in place of those that are there. */
export function fill(parent: Element, ...children: Child[]): void {
  parent.replaceChildren(...nodes(children));
}

function furnish(created: Element, attributes: Attributes | null | undefined, children: Child[]) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'object' && value !== null) {
      for (const [event, listener] of Object.entries(value))
        created.addEventListener(event, listener as EventListener);
    } else if (value !== false && value !== null && value !== undefined)
      created.setAttribute(name, value === true ? '' : String(value));
  }
  created.append(...nodes(children));
}

function nodes(children: readonly Child[]): (Node | string)[] {
  return children.flatMap((child): (Node | string)[] => {
    if (child === null || child === undefined || child === false) return [];
    if (child instanceof Node || typeof child === 'string') return [child];
    return typeof child === 'number' ? [String(child)] : nodes(child);
  });
}
