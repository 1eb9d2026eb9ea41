import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stateBy, systemProcesses } from '../../src/fleet/processes.js';

/** A process of this host that waits, and the name that it would give itself. */
async function another(): Promise<{ child: ChildProcess; pid: number; process: string }> {
  const child = spawn('sleep', ['600'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  return { child, pid, process: named(beginOf(pid)) };
}

/** This process's name, had it begun at another time. */
function named(began: string): string {
  return String(systemProcesses.own).replace(/[^/]+$/, began);
}

function beginOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ')[19] ?? '';
}

describe.runIf(process.platform === 'linux')('another process of this host', () => {
  it('is running until it is killed, also while it is suspended', async () => {
    const { child, pid, process } = await another();
    expect(systemProcesses.state(pid, process)).toBe('running');
    child.kill('SIGSTOP');
    expect(systemProcesses.state(pid, process)).toBe('running');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(systemProcesses.state(pid, process)).toBe('ended');
  });

  it('has ended if its pid was given to one that began later', async () => {
    const { pid } = await another();
    expect(systemProcesses.state(pid, named('1'))).toBe('ended');
  });

  it('has ended if all that is left of it is its exit code', async () => {
    // The shell becomes a process that never asks for its child’s.
    const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec sleep 600'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [line] = await once(createInterface({ input: parent.stdout }), 'line');
    const pid = Number(line);
    const process = named(beginOf(pid));
    expect(systemProcesses.state(pid, process)).toBe('running');
    globalThis.process.kill(pid, 'SIGKILL');
    await expect.poll(() => systemProcesses.state(pid, process)).toBe('ended');
    expect(beginOf(pid)).not.toBe('');
  });

  it('is running as long as it has threads that the kernel has not ended', () => {
    const stat = { began: '1', zombie: true };
    expect(stateBy({ ...stat, threads: 2 }, '1')).toBe('running');
    expect(stateBy({ ...stat, threads: 1 }, '1')).toBe('ended');
  });

  it('is running if it is this one', () => {
    expect(systemProcesses.state(process.pid, systemProcesses.own)).toBe('running');
  });

  it('is not known of another host or container, an older release, or where this one is not known', async () => {
    const { pid, process } = await another();
    const own = String(systemProcesses.own);
    expect(systemProcesses.state(pid, undefined)).toBe('unknown');
    for (const part of own.split('/').slice(0, -1))
      expect(systemProcesses.state(999_999_999, process.replace(part, 'other'))).toBe('unknown');
    expect(systemProcesses.state(999_999_999, process)).toBe('ended');
  });
});
