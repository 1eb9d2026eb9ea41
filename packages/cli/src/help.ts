import { type Command, Help as CommanderHelp, type HelpConfiguration } from 'commander';
import { EXIT } from './exit-code.js';

/** What a command's help teaches beside its arguments and options. */
export interface Help {
  /** A few words, for the list of commands. */
  readonly summary: string;
  /** What it does, to whom, and what it leaves alone: a few sentences. Wrapped to the terminal. */
  readonly about: string;
  /** Whole command lines, each with what it is for. What is longer than 80 columns is broken. */
  readonly examples: readonly (readonly [line: string, purpose: string])[];
  /** What each way to end means here. `usage` is told of every command. */
  readonly exits: Readonly<Partial<Record<keyof typeof EXIT, string>>>;
  /** Where to go from here: command lines, each with what it is for behind two blanks or more. */
  readonly next: readonly string[];
}

const COLUMNS = 80;

const ALWAYS = { usage: 'wrong usage or configuration: nothing was begun' } as const;

/** For the program: its commands by their names alone, and no defaults that go without saying. */
export const HELP_STYLE: HelpConfiguration = {
  subcommandTerm: (command) => command.name(),
  optionDescription: (option) =>
    new CommanderHelp()
      .optionDescription(option)
      .replace(/ \(default: (false|\[\])\)$|, default: (false|\[\])(?=[,)])/, ''),
};

/** Gives a command its help, in the shape that all commands have. */
export function withHelp(command: Command, help: Help): Command {
  return command
    .summary(help.summary)
    .description(help.about)
    .addHelpText('after', () => sections(help).join('\n'));
}

function sections({ examples, exits, next }: Help): string[] {
  return [
    '',
    'Examples:',
    ...examples.flatMap(([line, purpose]) => [
      ...filled(purpose.split(' '), '  # ', '  # '),
      ...filled(words(line), '  $ ', '      ', ' \\'),
    ]),
    '',
    'Exit codes:',
    ...exitLines({ ...ALWAYS, ...exits }),
    '',
    'Next:',
    ...next.flatMap((line) => {
      const whole = `  ${line}`;
      if (whole.length <= COLUMNS) return [whole];
      const [command = '', ...purpose] = line.split(/ {2,}/);
      return [`  ${command}`, ...filled(purpose.join(' ').split(' '), '      ', '      ')];
    }),
  ];
}

/** Of a command line: an option and its value stay together. */
function words(line: string): string[] {
  return line.split(/ (?=-)|(?<! -\S*) /);
}

/** Words in lines that begin and, but for the last, end as given. */
function filled(parts: readonly string[], first: string, others: string, end = ''): string[] {
  const lines = [first + (parts[0] ?? '')];
  for (const part of parts.slice(1)) {
    const longer = `${lines.at(-1)} ${part}`;
    if (longer.length + end.length <= COLUMNS) lines[lines.length - 1] = longer;
    else lines.push(others + part);
  }
  return lines.map((line, index) => (index < lines.length - 1 ? line + end : line));
}

function exitLines(exits: Help['exits']): string[] {
  return Object.entries(EXIT).flatMap(([name, code]) => {
    const meaning = exits[name as keyof typeof EXIT];
    if (meaning === undefined) return [];
    const [first, ...rest] = meaning.split(' ');
    return filled([`${String(code).padStart(3)}  ${first}`, ...rest], '  ', '       ');
  });
}
