import type { CompletedCommand, CompletedOption, Value } from './tree.js';

/** A script for fish. */
export function fishScript(name: string, tree: readonly CompletedCommand[]): string {
  const lines = tree.flatMap((command) => commandLines(name, command));
  return `# Completion of ${name} for fish: ${name} completion fish > ~/.config/fish/completions/${name}.fish
complete -c ${name} -f
${lines.join('\n')}
`;
}

function commandLines(name: string, command: CompletedCommand): string[] {
  const { path, commands, options, values } = command;
  const names = commands.map((each) => each.name);
  const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
  const none = names.length === 0 ? [] : [`not __fish_seen_subcommand_from ${names.join(' ')}`];
  const start = `complete -c ${name} -n ${quoted([...seen, ...none].join('; and '))}`;
  return [
    ...commands.map((each) => `${start} -a ${each.name} -d ${quoted(each.summary)}`),
    ...options.map((option) => `${start} ${optionWords(name, option)}`),
    ...values
      .filter(({ type }) => type !== 'anything')
      .map((value) => `${start} ${source(name, value)}`),
  ];
}

function optionWords(name: string, { flags, description, value }: CompletedOption): string {
  const names = flags.map((flag) =>
    flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
  );
  const required =
    value === undefined ? [] : ['-r', ...(value.type === 'anything' ? [] : [source(name, value)])];
  return [...names, ...required, `-d ${quoted(description)}`].join(' ');
}

function source(name: string, value: Value): string {
  switch (value.type) {
    case 'words':
      return `-a ${quoted(value.words.join(' '))}`;
    case 'file':
      return '-F';
    case 'directory':
      return "-a '(__fish_complete_directories)'";
    case 'storage':
      return `-a '(${name} completion fish --storages 2>/dev/null)'`;
    case 'anything':
      return '';
  }
}

function quoted(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
