/** One repository that apt is configured with. */
export interface Source {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** Path of the keyring its Release file is signed with, if the source names one. */
  readonly signedBy?: string;
}

/** Parses the one-line style of `sources.list`: `deb [options] uri suite component…`. */
export function parseOneLineSources(text: string): Source[] {
  const sources: Source[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?([^#]*)/.exec(line);
    const [uri, suite, ...components] = words(match?.[2] ?? '');
    if (uri === undefined || suite === undefined || uri.startsWith('cdrom:')) continue;
    const signedBy = words(match?.[1] ?? '')
      .find((option) => /^signed-by=/i.test(option))
      ?.slice('signed-by='.length);
    sources.push({ uri, suite, components, ...keyring(signedBy) });
  }
  return sources;
}

/**
 * Parses the deb822 style of `*.sources`: stanzas of fields, each pair of URI and suite a source.
 */
export function parseDeb822Sources(text: string): Source[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/\n[ \t]*\n/)
    .flatMap((stanza) => {
      const fields = fieldsOf(stanza);
      const values = (name: string) => words(fields.get(name) ?? '');
      if (!values('types').includes('deb')) return [];
      if (/^(no|false|off|0)$/i.test(fields.get('enabled')?.trim() ?? '')) return [];
      const components = values('components');
      const signedBy = keyring(fields.get('signed-by'));
      return values('uris').flatMap((uri) =>
        values('suites').map((suite) => ({ uri, suite, components, ...signedBy })),
      );
    });
}

/**
 * The source that is a mirror of Debian itself: it carries the component main of a plain suite and
 * is signed with Debian's archive key or, failing that, is called debian. Third parties'
 * repositories and Debian's security one are not.
 */
export function debianMirror(sources: readonly Source[]): Source | undefined {
  const candidates = sources.filter(
    ({ suite, components }) => components.includes('main') && /^[a-z]+$/.test(suite),
  );
  return (
    candidates.find(({ signedBy }) => signedBy?.includes('/debian-archive-')) ??
    candidates.find(({ uri }) => /[/]debian(\.list)?\/?$/.test(uri))
  );
}

function fieldsOf(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let name = '';
  for (const line of stanza.split('\n')) {
    const field = /^([^\s:]+):(.*)$/.exec(line);
    if (field !== null) name = (field[1] ?? '').toLowerCase();
    fields.set(name, `${fields.get(name) ?? ''}\n${field === null ? line : field[2]}`);
  }
  return fields;
}

/** A keyring's path; deb822 also allows the key itself in its place, and a fingerprint. */
function keyring(value: string | undefined): { signedBy?: string } {
  const path = words(value ?? '')[0];
  return path?.startsWith('/') ? { signedBy: path } : {};
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
