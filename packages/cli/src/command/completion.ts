import { Argument, type Command, Option } from 'commander';
import { bashScript } from '../completion/bash.js';
import { fishScript } from '../completion/fish.js';
import { storageNames } from '../completion/storage-names.js';
import { treeOf } from '../completion/tree.js';
import { zshScript } from '../completion/zsh.js';
import { EXIT, type Finish } from '../exit-code.js';
import { type Help, withHelp } from '../help.js';
import { print } from '../output.js';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

const HELP: Help = {
  summary: 'write a script with which a shell completes commands and options',
  about:
    'Writes a script with which a shell completes the commands, options and values of this program by the Tab key.',
  examples: [
    ['source <(storage completion bash)', 'for this shell; in ~/.bashrc for all'],
    ['source <(storage completion zsh)', 'the same, in ~/.zshrc after compinit'],
    [
      'storage completion fish > ~/.config/fish/completions/storage.fish',
      'for fish, once and for all',
    ],
  ],
  exits: { done: 'it was written' },
  next: ['storage --help   the commands'],
};

export function addCompletion(program: Command, finish: Finish): void {
  withHelp(program.command('completion'), HELP)
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(SCRIPTS)))
    .addOption(new Option('--storages').default(false).hideHelp()) // what the scripts ask for
    .action(async (shell: keyof typeof SCRIPTS, { storages }: { readonly storages: boolean }) => {
      await print(
        storages
          ? (await storageNames()).map((name) => `${name}\n`)
          : [SCRIPTS[shell](program.name(), treeOf(program))],
      );
      finish(EXIT.done);
    });
}
