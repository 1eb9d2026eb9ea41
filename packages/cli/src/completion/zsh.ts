import type { CompletedCommand, CompletedOption, Value } from './tree.js';

/** A script for zsh's completion system. */
export function zshScript(name: string, tree: readonly CompletedCommand[]): string {
  return `#compdef ${name}
# Completion of ${name} for zsh. In ~/.zshrc, after compinit: source <(${name} completion zsh)

${tree.map((command) => commandFunction(name, command)).join('\n\n')}

compdef _${name} ${name}
`;
}

function commandFunction(name: string, command: CompletedCommand): string {
  const { path, commands, options, values } = command;
  const specs = options.flatMap((option) => optionSpecs(name, option));
  if (commands.length === 0) {
    const places = values.map((value, index) =>
      quoted(`${index + 1}:${value.type}:${action(name, value)}`),
    );
    return `${functionName(name, path)}() {
  _arguments -s ${[...specs, ...places].join(' \\\n    ')}
}`;
  }
  const named = commands.map((each) => quoted(`${escaped(each.name)}:${each.summary}`));
  const cases = commands.map(
    (each) => `${each.name}) ${functionName(name, [...path, each.name])} ;;`,
  );
  return `${functionName(name, path)}() {
  local -a commands line
  local state
  commands=(
    ${named.join('\n    ')}
  )
  _arguments -C ${[...specs, "'1: :->command'", "'*:: :->rest'"].join(' \\\n    ')}
  case $state in
  command) _describe command commands ;;
  rest)
    case $line[1] in
    ${cases.join('\n    ')}
    esac
    ;;
  esac
}`;
}

function functionName(name: string, path: readonly string[]): string {
  return `_${[name, ...path].join('__')}`;
}

function optionSpecs(name: string, { flags, description, value }: CompletedOption): string[] {
  const end = value === undefined ? '' : `:${value.type}:${action(name, value)}`;
  return flags.map((flag) => quoted(`${flag}[${escaped(description)}]${end}`));
}

function action(name: string, value: Value): string {
  switch (value.type) {
    case 'words':
      return `(${value.words.join(' ')})`;
    case 'file':
      return '_files';
    case 'directory':
      return '_files -/';
    case 'storage':
      return `{compadd -- $(${name} completion zsh --storages 2>/dev/null)}`;
    case 'anything':
      return ' ';
  }
}

function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
