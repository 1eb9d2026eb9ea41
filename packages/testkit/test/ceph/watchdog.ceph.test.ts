import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { markVariable, watchOver } from '../../src/ceph/watchdog.js';

test.skipIf(process.platform !== 'linux')(
  'a process that bears the cluster’s mark, whoever started it, is ended when the watchdog is dismissed',
  async () => {
    const mark = randomUUID();
    const directory = await mkdtemp(join(tmpdir(), 'watchdog-'));
    const start = (value: string) =>
      spawn('sleep', ['30'], { env: { PATH: process.env['PATH'], [markVariable]: value } });
    const marked = start(mark);
    const stranger = start(randomUUID());
    await Promise.all([once(marked, 'spawn'), once(stranger, 'spawn')]);
    const ended = once(marked, 'exit');
    try {
      await watchOver(mark, directory).dismiss();
      expect(existsSync(`/proc/${marked.pid}/exe`)).toBe(false);
      expect((await ended)[1]).toBe('SIGKILL');
      expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
      expect(existsSync(directory)).toBe(false);
    } finally {
      marked.kill();
      stranger.kill();
    }
  },
);
