import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../src/main.js';

/** A command's help as it is printed where there is no terminal. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (piece) => {
      text += piece;
    },
  });
  command.outputHelp();
  return text;
}

/** The words that lead to each command that does something. */
function commandsOf(command: Command, path: string): [path: string, command: Command][] {
  const itself = command.commands.length === 0 || command.registeredArguments.length > 0;
  return [
    ...(itself ? [[path, command] satisfies [string, Command]] : []),
    ...command.commands.flatMap((each) => commandsOf(each, `${path} ${each.name()}`)),
  ];
}

const commands = commandsOf(
  createProgram(() => {}),
  'storage',
);
const names = commands.map(([path]) => path);

describe.each(commands)('%s --help', (path, command) => {
  const text = helpOf(command);
  /** With lines joined that end in a backslash. */
  const joined = text.replace(/ \\\n */g, ' ');

  it('tells what it does, by example, how it ends, and where to go next', () => {
    expect(command.summary()).not.toBe('');
    expect(command.description().length).toBeGreaterThan(60);
    for (const part of ['Examples:', 'Exit codes:', 'Next:']) expect(text).toContain(`\n${part}\n`);
    expect(text).toContain(`Usage: ${path}`);
    expect(text).toMatch(/^ {4}2 {2}wrong usage/m);
  });

  it('fits 80 columns, without colours', () => {
    expect(text).not.toContain('\u001b');
    for (const line of text.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80);
  });

  it('tells defaults as they are written, and none that go without saying', () => {
    expect(joined.replaceAll(/\s+/g, ' ')).not.toMatch(/default: (false|\[\]|\d{5,})/);
  });

  it('names commands and options that there are', () => {
    const lines = joined.split('\n').filter((line) => /^ {2}(\$ )?storage /.test(line));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const [words = ''] = line.replace(/^ {2}(\$ )?/, '').split(/ {2,}| [|>] /);
      if (words === 'storage --help') continue;
      const begun = commands.filter(([name]) => `${words} `.startsWith(`${name} `));
      const longest = Math.max(...begun.map(([name]) => name.length));
      const found = begun.filter(([name]) => name.length === longest); // of those below one another
      expect({ line, names: found.map(([name]) => name) }).toEqual({
        line,
        names: [expect.any(String)],
      });
      const options = found.flatMap(([, each]) => each.options.map(({ long }) => long));
      for (const [option] of words.matchAll(/--[a-z-]+/g)) expect(options, line).toContain(option);
    }
  });
});

describe('storage --help', () => {
  it('names every command', () => {
    const text = helpOf(createProgram(() => {}));
    for (const name of names) expect(text).toContain(`\n  ${name.split(' ')[1]}`);
    for (const line of text.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80);
  });
});
