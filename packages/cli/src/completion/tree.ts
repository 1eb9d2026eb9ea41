import type { Argument, Command, Option } from 'commander';

/** What a value may be: one of some words, a file, a directory, a storage of the configuration, or anything. */
export type Value =
  | { readonly type: 'words'; readonly words: readonly string[] }
  | { readonly type: 'file' | 'directory' | 'storage' | 'anything' };

export interface CompletedOption {
  /** `-o`, `--output`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Of what follows it; none for a flag. */
  readonly value?: Value;
}

/** A command as a shell completes it. */
export interface CompletedCommand {
  /** The words that lead to it behind the program's name; none for the program itself. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly CompletedOption[];
  readonly values: readonly Value[];
}

/** The program and all commands that its help shows, in the help's order. */
export function treeOf(command: Command, path: readonly string[] = []): CompletedCommand[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  return [
    {
      path,
      commands: commands.map((each) => ({ name: each.name(), summary: summaryOf(each) })),
      options: help.visibleOptions(command).map(optionOf),
      values: command.registeredArguments.map(valueTaken),
    },
    ...commands.flatMap((each) => treeOf(each, [...path, each.name()])),
  ];
}

function summaryOf(command: Command): string {
  return command.summary() || command.description();
}

function optionOf(option: Option): CompletedOption {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined && flag !== null);
  const takesValue = option.required || option.optional;
  return {
    flags,
    description: option.description,
    ...(takesValue ? { value: valueNamed(placeholderOf(option.flags), option.argChoices) } : {}),
  };
}

function valueTaken(argument: Argument): Value {
  return valueNamed(argument.name(), argument.argChoices);
}

function placeholderOf(flags: string): string {
  return /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1] ?? '';
}

/** By the name that the help gives it. */
function valueNamed(name: string, choices: readonly string[] | undefined): Value {
  if (choices !== undefined) return { type: 'words', words: choices };
  if (name === 'file' || name === 'directory' || name === 'storage') return { type: name };
  if (name === 'place') return { type: 'file' }; // or the address of a database, which nobody completes
  return { type: 'anything' };
}
