import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readArguments } from '../../src/demo/arguments.js';

describe('what npm start is told', () => {
  it('is nothing: then it waits for somebody at the dashboard, or, without a terminal, migrates and ends', () => {
    expect(readArguments([], true)).toMatchObject({ migrate: false, once: false, files: 600 });
    expect(readArguments([], false)).toMatchObject({ migrate: true, once: true });
    expect(readArguments(['--once'], true)).toMatchObject({ migrate: true, once: true });
    expect(readArguments(['--migrate'], true)).toMatchObject({ migrate: true, once: false });
    expect(readArguments([], true, '8080').port).toBe(8080);
    expect(readArguments(['--port', '8081'], true, '8080').port).toBe(8081);
    expect(readArguments([], true, '').port).toBe(0);
    expect(() => readArguments([], true, 'x')).toThrow('PORT');
    expect(readArguments(['/srv/uploads'], true)).toMatchObject({ directory: '/srv/uploads' });
  });

  it('is refused where it makes no sense', () => {
    expect(() => readArguments(['--port', '70000'], true)).toThrow(
      '--port (or PORT) takes a whole number',
    );
    expect(() => readArguments(['a', 'b'], true)).toThrow('one directory at a time');
    expect(() => readArguments(['--nothing'], true)).toThrow(TypeError);
  });
});

const leftovers = async () =>
  new Set((await readdir(tmpdir())).filter((name) => /^(storage-demo|s3-server)-/.test(name)));

it.each(['SIGINT', 'SIGTERM', 'the end of who has started it'] as const)(
  'leaves nothing behind when it is ended by %s',
  async (signal) => {
    const before = await leftovers();
    const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
    const child = spawn(process.execPath, [program, '--once', '--files', '20'], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const exit = once(child, 'exit');
    let directory = '';
    for await (const chunk of child.stdout ?? []) {
      directory ||= /storage-demo-\w+/.exec(String(chunk))?.[0] ?? '';
      if (!String(chunk).includes('prepare')) continue;
      if (signal === 'SIGINT' || signal === 'SIGTERM') child.kill(signal);
      else child.disconnect();
    }
    expect(await exit).toEqual([130, null]);
    expect(directory).not.toBe('');
    expect(before.has(directory)).toBe(false);
    expect((await leftovers()).has(directory)).toBe(false);
  },
  300_000,
);
