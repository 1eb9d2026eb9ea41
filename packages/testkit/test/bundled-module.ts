import { chmod, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'tsup';
import { afterAll, beforeAll } from 'vitest';

const source = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The packages of the house come from their sources, as in all tests. */
const ALIAS = {
  '@org/storage-core': source('core/src/index.ts'),
  '@org/storage-hybrid': source('hybrid/src/index.ts'),
  '@org/storage-local': source('local/src/index.ts'),
  '@org/storage-s3': source('s3/src/index.ts'),
  '@org/storage-testkit/races': source('testkit/src/races/index.ts'),
};

export interface BundledModule {
  /** What the tests of the file can start; removed after them. */
  readonly url: URL;
}

/**
 * Builds a TypeScript module for other processes, which can't run it as it is. To be called at the top of a test file.
 * @param name of the package, below `packages`, whose dependencies are loaded from where they lie.
 */
export function bundledModule(entry: URL, name: string): BundledModule {
  let directory: string | undefined;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storage-bundle-'));
    await chmod(directory, 0o755); // for children of another user
    await symlink(source(`${name}/node_modules`), join(directory, 'node_modules'));
    await build({
      config: false,
      entry: { module: fileURLToPath(entry) },
      format: 'esm',
      target: 'node20',
      outDir: directory,
      clean: false,
      silent: true,
      noExternal: [allBut(await dependenciesOf(name))],
      banner: {
        js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
      },
      esbuildOptions: (options) => {
        options.alias = ALIAS;
      },
      outExtension: () => ({ js: '.mjs' }),
    });
  });
  afterAll(async () => {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });
  return {
    get url() {
      if (directory === undefined) throw new Error('the module is not built yet');
      return pathToFileURL(join(directory, 'module.mjs'));
    },
  };
}

async function dependenciesOf(name: string): Promise<readonly string[]> {
  const manifest: { readonly dependencies?: Readonly<Record<string, string>> } = JSON.parse(
    await readFile(source(`${name}/package.json`), 'utf8'),
  );
  return Object.keys(manifest.dependencies ?? {}).filter((each) => !each.startsWith('@org/'));
}

function allBut(names: readonly string[]): RegExp {
  return new RegExp(`^(?!(${names.join('|')})(/|$))`);
}
