import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { childrensTime, runCommand } from '../src/measure/command.mjs';
import { below, peakIn, peakOf } from '../src/measure/process-memory.mjs';

const MIB = 1024 ** 2;

/** A program that fills so many MiB, and then waits for its standard input to end. */
const filling = (mib) =>
  `const held = Buffer.alloc(${mib} * 1024 ** 2, 1); process.stdin.resume(); console.log(held.length);`;

test('the peak is read from what the kernel tells of a process', () => {
  expect(peakIn('Name:\tnode\nVmPeak:\t  900 kB\nVmHWM:\t    2048 kB\nVmRSS:\t  10 kB\n')).toBe(
    2 * MIB,
  );
  expect(peakIn('Name:\tnode\nState:\tZ (zombie)\n')).toBeUndefined();
});

test('a process that is gone has no peak, and nothing below it', () => {
  const never = 2 ** 22 + 1; // above the highest process id of Linux
  expect(peakOf(never)).toBeUndefined();
  expect(below(never)).toEqual([]);
});

test('what a process starts is below it, and so is what that starts', async () => {
  const shell = spawn('sh', ['-c', 'sh -c "cat; true"; true'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    shell.stdin.write('up');
    await once(shell.stdout, 'data');
    expect(below(shell.pid)).toHaveLength(2);
  } finally {
    shell.stdin.end();
    await once(shell, 'exit');
  }
});

test('a command has the memory of all its processes together', async () => {
  const alone = await runCommand(process.execPath, ['-e', filling(100)]);
  const both = await runCommand('sh', [
    '-c',
    // the one in the background has no standard input to wait for, and is held by a pipe
    `mkfifo "$1/held"; "$2" -e "$3" < "$1/held" & exec 3> "$1/held"; "$2" -e "$3" < /dev/null | cat; sleep 0.3; exec 3>&-; wait; rm "$1/held"`,
    ...['sh', temporary(), process.execPath, filling(100)],
  ]);
  expect(alone.memory).toBeGreaterThan(100 * MIB);
  expect(alone.memory).toBeLessThan(200 * MIB);
  expect(both.memory).toBeGreaterThan(200 * MIB);
});

test('a command has the CPU of the processes that it has waited for', async () => {
  const busy =
    'const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end);';
  const { cpu } = await runCommand('sh', [
    '-c',
    '"$1" -e "$2"; true',
    'sh',
    process.execPath,
    busy,
  ]);
  expect(cpu).toBeGreaterThanOrEqual(300);
});

test('times of the shell are read in minutes and seconds, and only those of what it has run', () => {
  expect(childrensTime('0m9.00s 0m9.00s\n1m2.50s 0m0.25s\n')).toBe(62_750);
  expect(() => childrensTime('nothing')).toThrow('these are no times');
});

test('a command that fails tells what it has printed', async () => {
  await expect(runCommand('sh', ['-c', 'echo no disk; exit 3'])).rejects.toThrow(
    /ended with 3: no disk/,
  );
});

test('a command that is aborted leaves none of its processes behind', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const mark = `7${process.pid}`;
  const running = runCommand('sh', ['-c', `sleep ${mark}; true`], { signal });
  const failed = expect(running).rejects.toThrow('enough');
  await expect.poll(() => commandsOf(below(process.pid))).toContain(`sleep ${mark}`);
  controller.abort(new Error('enough'));
  await failed;
  expect(commandsOf(all())).not.toContain(`sleep ${mark}`);
});

function temporary() {
  const directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function commandsOf(pids) {
  return pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    } catch {
      return ''; // it has ended
    }
  });
}

function all() {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}
