import { type Command, CommanderError } from 'commander';
import { createProgram } from '../src/main.js';

/** A command line that a page shows. */
export interface Shown {
  readonly line: string;
  /** Of a block for the shell; else it stands in a sentence, where arguments may be left out. */
  readonly whole: boolean;
}

/** The lines that begin with `storage`, in a page of Markdown. */
export function commandLinesOf(markdown: string): readonly Shown[] {
  const shown: Shown[] = [];
  const prose = markdown.replaceAll(
    /^ *```(\w*)[^\n]*\n([\s\S]*?)^ *```$/gm,
    (_, language, text) => {
      if (language === 'sh' || language === 'bash')
        shown.push(...shellLines(text).map((line) => ({ line, whole: true })));
      return '';
    },
  );
  for (const [, line = ''] of prose.matchAll(/`(storage [^`]+)`/g))
    shown.push(...shellLines(line).map((each) => ({ line: each, whole: false })));
  return shown;
}

/** Commands of a script that begin with `storage`, without assignments before them and comments behind. */
function shellLines(script: string): string[] {
  return script
    .replaceAll(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, ''))
    .flatMap((line) => line.split(/&&|\|\||[|;]/))
    .map((part) => part.trim().replace(/^(?:(?:[A-Z_]+=\S*|npx|sudo|-u \S+) +)*/, ''))
    .filter((part) => part === 'storage' || part.startsWith('storage '));
}

/** What the command itself says against a line, by its own definitions; `undefined`: nothing. Nothing is done. */
export function mistakeIn({ line, whole }: Shown): string | undefined {
  const words = wordsOf(line).slice(1);
  if (words.length === 0) return undefined;
  const program = createProgram(() => {});
  let told = '';
  let done = false;
  for (const command of allOf(program)) {
    command.configureOutput({
      writeErr: (text) => {
        told += text;
      },
      writeOut: () => {},
    });
    for (const option of command.options)
      if (option.envVar !== undefined) option.makeOptionMandatory(false);
    if (command.commands.length === 0 || command.registeredArguments.length > 0)
      command.action(() => {
        done = true;
      });
  }
  try {
    program.parse(words, { from: 'user' });
    return done ? undefined : 'it does nothing';
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined; // --help, --version
    const partial = ['missingArgument', 'missingMandatoryOptionValue', 'optionMissingArgument'];
    if (
      !whole &&
      (partial.includes(error.code.replace('commander.', '')) || isGroup(program, words))
    )
      return undefined;
    return told.trim() || error.message;
  }
}

/** Whether the words name commands and nothing else. */
function isGroup(program: Command, words: readonly string[]): boolean {
  let command: Command | undefined = program;
  for (const word of words) command = command?.commands.find((each) => each.name() === word);
  return command !== undefined;
}

function allOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allOf)];
}

/** Words of a shell's line, without quotation marks around them and redirections. */
function wordsOf(line: string): string[] {
  const words = line.replaceAll(/\s\d?>+\s*\S+/g, '').match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replaceAll(/["']/g, ''));
}
