import { describe, expect, test } from 'vitest';
import { debianMirror, parseDeb822Sources, parseOneLineSources } from '../../src/debian/sources.js';

describe('the one-line style', () => {
  test('gives address, suite, components and keyring', () => {
    const text = [
      '# deb http://old.example/debian bookworm main',
      'deb http://deb.debian.org/debian bookworm main contrib # ours',
      '  deb [ arch=amd64,arm64 signed-by=/usr/share/keyrings/x.gpg ] https://x.example/apt stable main',
      'deb-src http://deb.debian.org/debian bookworm main',
      '',
    ].join('\n');
    expect(parseOneLineSources(text)).toEqual([
      { uri: 'http://deb.debian.org/debian', suite: 'bookworm', components: ['main', 'contrib'] },
      {
        uri: 'https://x.example/apt',
        suite: 'stable',
        components: ['main'],
        signedBy: '/usr/share/keyrings/x.gpg',
      },
    ]);
  });

  test('leaves installation discs out', () => {
    const text = 'deb cdrom:[Debian GNU/Linux 12 _Bookworm_ - amd64]/ bookworm main\n';
    expect(parseOneLineSources(text)).toEqual([]);
  });
});

describe('the deb822 style', () => {
  test('gives each pair of address and suite', () => {
    const text = [
      'Types: deb deb-src',
      '# http://snapshot.debian.org/archive/debian/20250520T000000Z',
      'URIs: http://a.example/debian',
      '  http://b.example/debian',
      'Suites: trixie trixie-updates',
      'Components: main',
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
      '',
    ].join('\n');
    const signedBy = '/usr/share/keyrings/debian-archive-keyring.gpg';
    const source = { components: ['main'], signedBy };
    expect(parseDeb822Sources(text)).toEqual([
      { uri: 'http://a.example/debian', suite: 'trixie', ...source },
      { uri: 'http://a.example/debian', suite: 'trixie-updates', ...source },
      { uri: 'http://b.example/debian', suite: 'trixie', ...source },
      { uri: 'http://b.example/debian', suite: 'trixie-updates', ...source },
    ]);
  });

  test('ignores the case of field names, several blank lines, and stanzas that are off or of sources', () => {
    const stanza = (...lines: string[]) => ['suites: sid', 'COMPONENTS: main', ...lines].join('\n');
    const text = [
      stanza('types: deb', 'uris: http://one.example/debian'),
      stanza('Types: deb', 'URIs: http://two.example/debian', 'Enabled: no'),
      stanza('Types: deb-src', 'URIs: http://three.example/debian'),
      stanza('Types: deb', 'URIs: http://four.example/debian', 'Enabled: yes'),
    ].join('\n \n\n');
    expect(parseDeb822Sources(text).map(({ uri }) => uri)).toEqual([
      'http://one.example/debian',
      'http://four.example/debian',
    ]);
  });

  test('takes a key in the place of a keyring for none', () => {
    const text = [
      'Types: deb',
      'URIs: http://deb.debian.org/debian',
      'Suites: sid',
      'Components: main',
      'Signed-By:',
      ' -----BEGIN PGP PUBLIC KEY BLOCK-----',
      ' .',
      ' xsFNBF',
      ' -----END PGP PUBLIC KEY BLOCK-----',
    ].join('\n');
    expect(parseDeb822Sources(text)).toEqual([
      { uri: 'http://deb.debian.org/debian', suite: 'sid', components: ['main'] },
    ]);
  });
});

describe('the mirror of Debian', () => {
  const components = ['main'];
  const signedBy = '/usr/share/keyrings/debian-archive-keyring.gpg';

  test.each([
    'http://deb.debian.org/debian',
    'http://ftp.de.debian.org/debian/',
    'mirror+file:///etc/apt/mirrors/debian.list',
  ])('%s is one by its name', (uri) => {
    expect(debianMirror([{ uri, suite: 'trixie', components }])?.uri).toBe(uri);
  });

  test('is known by the key of Debian, whatever its address', () => {
    const sources = [
      { uri: 'https://download.example/debian', suite: 'bookworm', components },
      { uri: 'https://proxy.example/remote-7', suite: 'bookworm', components, signedBy },
    ];
    expect(debianMirror(sources)?.uri).toBe('https://proxy.example/remote-7');
  });

  test.each([
    ['http://archive.ubuntu.com/ubuntu', 'noble', 'main'],
    ['https://download.docker.com/linux/debian', 'bookworm', 'stable'],
    ['https://deb.nodesource.com/node_20.x', 'nodistro', 'main'],
    ['https://repo.mongodb.org/apt/debian', 'bookworm/mongodb-org/7.0', 'main'],
    ['http://deb.debian.org/debian-security', 'bookworm-security', 'main'],
  ])('is not %s %s %s', (uri, suite, component) => {
    expect(debianMirror([{ uri, suite, components: [component] }])).toBeUndefined();
  });
});
