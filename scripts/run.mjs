// Runs programs in the repository's root.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The repository's own binaries first on PATH, telemetry and update checks of the tools off. */
const env = {
  ...process.env,
  PATH: join(root, 'node_modules', '.bin') + delimiter + process.env.PATH,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
  BUILD_NODE_VERSION: process.version, // part of turbo's hash: a cached result of one Node is not another's
};

/** Runs a program. @returns its exit code. */
export function attempt(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: options.cwd ?? root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...env, ...options.env },
  });
  if (error) console.error(`cannot run ${command}: ${error.message}`);
  return status ?? 1;
}

/** Runs a program, and ends this process with its exit code if it fails. */
export function run(command, args, options) {
  const status = attempt(command, args, options);
  if (status !== 0) process.exit(status);
}
