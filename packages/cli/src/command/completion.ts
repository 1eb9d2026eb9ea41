import { Argument, type Command } from 'commander';
import { bashScript } from '../completion/bash.js';
import { fishScript } from '../completion/fish.js';
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
    .action(async (shell: keyof typeof SCRIPTS) => {
      await print([SCRIPTS[shell](program.name(), treeOf(program))]);
      finish(EXIT.done);
    });
}
