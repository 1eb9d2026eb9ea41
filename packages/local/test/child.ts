import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type BundledModule, bundledModule } from '../../testkit/test/bundled-module.js';
import type { LocalStorageOptions } from '../src/index.js';

let bundle: BundledModule | undefined;

/** Builds the provider for other processes, which can't run TypeScript. To be called at the top of a test file. */
export function buildForChildren(): void {
  bundle = bundledModule(new URL('../src/index.ts', import.meta.url), 'local');
}

export interface Child {
  readonly process: ChildProcess;
  /** Waits for the child to print a line with this word. */
  said(word: string): Promise<void>;
  /** Waits for the end of the child, and gives what it has printed. */
  ended(): Promise<string>;
}

/**
 * Runs a script in another process. It finds a provider of `root` as `provider`, `say` to print a line, and `require` for what the
 * package depends on.
 * @param uid of another user, to run without the rights of root.
 */
export function startChild(
  root: string,
  script: string,
  uid?: number,
  options: Partial<LocalStorageOptions> = {},
): Child {
  if (bundle === undefined) throw new Error('buildForChildren() was not called');
  const code = `
    import { setTimeout as sleep } from 'node:timers/promises';
    import { createRequire } from 'node:module';
    import { LocalStorageProvider } from ${JSON.stringify(bundle.url.href)};
    const require = createRequire(${JSON.stringify(bundle.url.href)});
    const provider = new LocalStorageProvider(${JSON.stringify({ ...options, root })});
    const say = (...words) => console.log(words.join(' '));
    ${script}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const exit = once(child, 'close');
  return {
    process: child,
    async said(word) {
      while (!printed.includes(word)) {
        await Promise.race([once(child.stdout, 'data'), exit]);
        if (child.exitCode !== null && !printed.includes(word)) {
          throw new Error(`the child ended without "${word}": ${printed}`);
        }
      }
    },
    async ended() {
      await exit;
      return printed;
    },
  };
}
