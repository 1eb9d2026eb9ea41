import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { commandLinesOf, mistakeIn } from './command-lines.js';

const root = new URL('../../../', import.meta.url);

const folders = ['docs/runbooks/', 'docs/guide/'];

const pages = [
  'README.md',
  'packages/cli/README.md',
  'apps/reference/deploy/README.md',
  ...folders.flatMap((folder) =>
    readdirSync(new URL(folder, root))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}${name}`),
  ),
];

describe.each(pages)('%s', (page) => {
  const shown = commandLinesOf(readFileSync(new URL(page, root), 'utf8'));

  it('shows command lines as the command takes them', () => {
    const wrong = shown.flatMap((each) => {
      const mistake = mistakeIn(each);
      return mistake === undefined ? [] : [`${each.line}: ${mistake}`];
    });
    expect(wrong).toEqual([]);
  });
});

it('the runbooks show many of them', () => {
  const runbooks = pages.filter((page) => page.startsWith('docs/runbooks/'));
  const lines = runbooks.flatMap((page) =>
    commandLinesOf(readFileSync(new URL(page, root), 'utf8')),
  );
  expect(lines.length).toBeGreaterThan(60);
});

describe('a line is found wrong', () => {
  it.each([
    ['an unknown command', 'storage migrat /a s3://b'],
    ['an unknown option', 'storage migrate /a s3://b --fleed x'],
    ['an option of another command', 'storage verify /a s3://b --fleet x'],
    ['an option without its value', 'storage migrate /a s3://b --fleet'],
    ['a value that it does not take', 'storage mode sauce'],
    ['too many arguments', 'storage gate /a s3://b c'],
    ['an option that it needs', 'storage revert /a s3://b'],
    ['an unknown command below another', 'storage config shew'],
  ])('for %s', (_, line) => {
    expect(mistakeIn({ line, whole: true })).toBeDefined();
  });

  it('in a sentence, too, but for what may be left out there', () => {
    expect(mistakeIn({ line: 'storage mode', whole: true })).toBeDefined();
    expect(mistakeIn({ line: 'storage mode', whole: false })).toBeUndefined();
    expect(mistakeIn({ line: 'storage config', whole: false })).toBeUndefined();
    expect(mistakeIn({ line: 'storage mode --fleed x', whole: false })).toBeDefined();
  });
});

it('lines are found in blocks for the shell and in sentences, whole', () => {
  const page = [
    'Say `storage status --problems`, not `storage.status` or `xstorage y`.',
    '```sh',
    'STORAGE_FLEET=s3://f storage migrate /a s3://b \\',
    "  --include '*.jpg'   # storage is no command here",
    'cd /srv && npx storage mode prepare; storage fleet | head',
    '```',
    '```text',
    'storage: a message',
    '```',
  ].join('\n');
  expect(commandLinesOf(page).map(({ line }) => line)).toEqual([
    "storage migrate /a s3://b --include '*.jpg'",
    'storage mode prepare',
    'storage fleet',
    'storage status --problems',
  ]);
});
