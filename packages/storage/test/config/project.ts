import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { ConfigurationError, type LoadOptions, loadConfiguration } from '../../src/index.js';

/** A directory with files, that is removed when the test ends. */
export async function project(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'storage-config-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  return directory;
}

/** Loads a project's configuration with no other variables than those given. */
export async function load(
  files: Readonly<Record<string, string | Buffer>>,
  options: LoadOptions = {},
) {
  const cwd = await project(files);
  const loaded = await loadConfiguration({ env: {}, ...options, cwd });
  return { ...loaded, cwd };
}

/** The error that a call fails with. */
export async function refusal(call: Promise<unknown>): Promise<ConfigurationError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
