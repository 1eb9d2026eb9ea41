import type { CompletedCommand, Value } from './tree.js';

/** A script for bash 3.2 and newer. Words and options are this program's own: they hold no blanks or quotes. */
export function bashScript(name: string, tree: readonly CompletedCommand[]): string {
  return `# Completion of ${name} for bash. In ~/.bashrc: source <(${name} completion bash)

_${name}_command() {
  case "$1" in
${tree.map(commandCase).join('\n')}
  *) return 1 ;;
  esac
}

_${name}_value() {
  case "$1" in
${tree.flatMap(valueCases).join('\n')}
  *) return 1 ;;
  esac
}

_${name}() {
  local word commands options valued kind words current previous
  local command='' place=1 i=1
  COMPREPLY=()
  current="\${COMP_WORDS[COMP_CWORD]}"
  previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  # bash takes --option=value for three words
  if [ "$current" = '=' ]; then
    current=''
  elif [ "$previous" = '=' ]; then
    previous="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi

  _${name}_command ''
  while [ "$i" -lt "$COMP_CWORD" ]; do
    word="\${COMP_WORDS[i]}"
    i=$((i + 1))
    case "$word" in
    -*)
      case " $valued " in
      *" $word "*) [ "\${COMP_WORDS[i]}" = '=' ] && i=$((i + 2)) || i=$((i + 1)) ;;
      esac
      ;;
    *)
      if _${name}_command "\${command:+$command }$word"; then
        command="\${command:+$command }$word"
      else
        place=$((place + 1))
      fi
      ;;
    esac
  done
  _${name}_command "$command"

  if [ "$i" -gt "$COMP_CWORD" ] || [ "\${COMP_WORDS[COMP_CWORD]}" = '=' ]; then
    _${name}_value "$command $previous"
  elif [ "\${current#-}" != "$current" ]; then
    kind=words words="$options"
  elif [ -n "$commands" ]; then
    kind=words words="$commands"
  else
    _${name}_value "$command $place"
  fi
  case "$kind" in
  words) set -- -W "$words" ;;
  file) set -- -f ;;
  directory) set -- -d ;;
  storage) kind=words && set -- -W "$(${name} completion bash --storages 2>/dev/null)" ;;
  *) return 0 ;;
  esac
  [ "$kind" = words ] || compopt -o filenames 2>/dev/null
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(compgen "$@" -- "$current")
}

complete -F _${name} ${name}
`;
}

function commandCase({ path, commands, options }: CompletedCommand): string {
  const flags = options.flatMap((option) => option.flags);
  const valued = options.flatMap((option) => (option.value === undefined ? [] : option.flags));
  const names = commands.map((command) => command.name);
  return `  '${path.join(' ')}') commands='${names.join(' ')}' options='${flags.join(' ')}' valued='${valued.join(' ')}' ;;`;
}

function valueCases({ path, options, values }: CompletedCommand): string[] {
  const command = path.join(' ');
  return [
    ...options.flatMap(({ flags, value }) => {
      return value === undefined ? [] : flags.map((flag) => valueCase(`${command} ${flag}`, value));
    }),
    ...values.map((value, index) => valueCase(`${command} ${index + 1}`, value)),
  ];
}

function valueCase(where: string, value: Value): string {
  const words = value.type === 'words' ? ` words='${value.words.join(' ')}'` : '';
  return `  '${where}') kind=${value.type}${words} ;;`;
}
