import { execFile, execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addCompletion } from '../src/command/completion.js';
import { addExport } from '../src/command/export.js';
import { addReport } from '../src/command/report.js';
import { addStatus } from '../src/command/status.js';
import { bashScript } from '../src/completion/bash.js';
import { fishScript } from '../src/completion/fish.js';
import { treeOf } from '../src/completion/tree.js';
import { zshScript } from '../src/completion/zsh.js';
import { temporaryDirectory } from './fixtures.js';

const run = promisify(execFile);

function program(): Command {
  const storage = new Command('storage').version('1');
  for (const add of [addStatus, addReport, addExport, addCompletion]) add(storage, () => {});
  const nested = storage.command('table').summary("it's [one]: nested");
  nested.command('check').option('--kind <kind>', 'which').argument('<file>');
  return storage;
}

/** What bash offers where Tab is pressed at the end of these words, which `complete` has handed to the script. */
async function offered(words: readonly string[], cwd = '/', env = process.env): Promise<string[]> {
  const script = `
    eval "$1"; shift
    eval "set -- $(complete -p storage | sed 's/.* -F \\([^ ]*\\) .*/\\1/') \\"\\$@\\""
    completer=$1; shift
    COMP_WORDS=(storage "$@"); COMP_CWORD=$#
    "$completer" storage "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const source = bashScript('storage', treeOf(program()));
  const { stdout } = await run('bash', ['-c', script, 'bash', source, ...words], { cwd, env });
  return stdout.split('\n').filter((line) => line !== '');
}

const unixOnly = describe.skipIf(process.platform === 'win32'); // there is no bash to complete in

unixOnly('bash completes', () => {
  it('commands, those of commands too', async () => {
    const commands = ['status', 'report', 'export', 'completion', 'table', 'help'];
    expect(await offered([''])).toEqual(commands);
    expect(await offered(['re'])).toEqual(['report']);
    expect(await offered(['table', ''])).toEqual(['check', 'help']);
  });

  it('options of the command that was named', async () => {
    expect(await offered(['status', '--w'])).toEqual(['--watch']);
    expect(await offered(['export', '--w'])).toEqual([]);
    expect(await offered(['table', 'check', '--k'])).toEqual(['--kind']);
    expect(await offered(['--v'])).toEqual(['--version']);
  });

  it('the values of options and arguments that are one of some words', async () => {
    expect(await offered(['report', '--format', ''])).toEqual(['html', 'json', 'csv', 'md']);
    expect(await offered(['report', '--format', '=', ''])).toEqual(['html', 'json', 'csv', 'md']);
    expect(await offered(['report', '--format', '='])).toEqual(['html', 'json', 'csv', 'md']);
    expect(await offered(['report', '--format', '=', 'h'])).toEqual(['html']);
    expect(await offered(['completion', 'b'])).toEqual(['bash']);
    expect(await offered(['completion', '--help', 'b'])).toEqual(['bash']);
  });

  it('files and directories where they are meant, with blanks in their names', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'my files'));
    await writeFile(join(directory, 'my journal'), '');
    expect(await offered(['status', 'my'], directory)).toEqual(['my files']);
    const files = await offered(['status', '--journal', 'my'], directory);
    expect(files.sort()).toEqual(['my files', 'my journal']);
    expect(await offered(['table', 'check', 'my'], directory)).toHaveLength(2);
  });

  it('the names of storages, which the command itself tells', async () => {
    const directory = await temporaryDirectory();
    const names =
      '#!/bin/sh\n[ "$*" = "completion bash --storages" ] && printf "uploads\\navatars\\n"\n';
    await writeFile(join(directory, 'storage'), names, { mode: 0o755 });
    const env = { ...process.env, PATH: `${directory}:${process.env['PATH']}` };
    expect(await offered(['status', '--storage', ''], '/', env)).toEqual(['uploads', 'avatars']);
    expect(await offered(['status', '--storage', 'u'], '/', env)).toEqual(['uploads']);
  });

  it('nothing where anything may stand, and an argument behind the value of an option', async () => {
    const directory = await temporaryDirectory();
    await mkdir(join(directory, 'files'));
    expect(await offered(['status', '--region', ''], directory)).toEqual([]);
    expect(await offered(['status', 'files', ''], directory)).toEqual([]);
    expect(await offered(['status', '--region', 'status', 'f'], directory)).toEqual(['files']);
    expect(await offered(['status', '--region', '=', 'x', 'f'], directory)).toEqual(['files']);
  });
});

describe('the scripts', () => {
  it('of zsh and fish have every command and option, and are well formed where the shell is there to tell', () => {
    const tree = treeOf(program());
    const scripts = { zsh: zshScript('storage', tree), fish: fishScript('storage', tree) };
    for (const [shell, script] of Object.entries(scripts)) {
      for (const word of ['status', 'report', 'check', 'watch', 'journal', 'html json csv md'])
        expect(script).toContain(word);
      if (!isThere(shell)) continue;
      execFileSync(shell, ['-n'], { input: script });
    }
    expect(scripts.zsh).toContain(`'table:it'\\''s [one]: nested'`);
    expect(scripts.fish).toContain(`-d 'it\\'s [one]: nested'`);
  });
});

function isThere(shell: string): boolean {
  try {
    execFileSync(shell, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
