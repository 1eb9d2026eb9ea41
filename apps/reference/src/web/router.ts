/** Paths of the application, the first that fits wins: `/file/:id` names a part, `*rest` takes all that follows. */
export interface Route<Target> {
  readonly pattern: string;
  readonly target: Target;
}

export interface Match<Target> {
  readonly target: Target;
  readonly parameters: Readonly<Record<string, string>>;
}

export function match<Target>(
  routes: readonly Route<Target>[],
  path: string,
): Match<Target> | undefined {
  for (const { pattern, target } of routes) {
    const parameters = matchOne(pattern.split('/'), path.split('/'));
    if (parameters !== undefined) return { target, parameters };
  }
  return undefined;
}

function matchOne(pattern: string[], path: string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    if (expected.startsWith('*')) {
      const rest = decode(path.slice(index));
      if (rest === undefined) return undefined;
      parameters[expected.slice(1)] = rest;
      return parameters;
    }
    const actual = path[index];
    if (actual === undefined) return undefined;
    if (expected.startsWith(':')) {
      const value = decode([actual]);
      if (value === undefined || value === '') return undefined;
      parameters[expected.slice(1)] = value;
    } else if (expected !== actual) return undefined;
  }
  return path.length === pattern.length ? parameters : undefined;
}

function decode(segments: string[]): string | undefined {
  try {
    return segments.map(decodeURIComponent).join('/');
  } catch {
    return undefined; // not what encodeURIComponent makes: someone has typed it
  }
}

/** Clicks on links of this origin that open here: the rest is left to the browser. */
export function onLocalLink(navigate: (path: string) => void): void {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || link.getAttribute('href')?.startsWith('#')) return;
    if (/^\/(files|api|uploads)\//.test(link.pathname) || link.pathname.endsWith('/content'))
      return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}
