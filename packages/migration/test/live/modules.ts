import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

const packages = fileURLToPath(new URL('../../../', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/** What the children load as it is, and the package that has it. */
const LIBRARIES: Readonly<Record<string, string>> = {
  '@aws-sdk': 's3',
  'fast-xml-parser': 'testkit',
  'fs-native-extensions': 'local',
  libsql: 'migration',
  'mime-types': 'core',
  pg: 'migration',
  'pg-boss': 'migration',
  jiti: 'storage',
  yaml: 'storage',
};

/** What the children of a live migration run. */
export type Modules = Readonly<Record<(typeof NAMES)[number], URL>>;

const NAMES = ['application', 'migrator', 'server'] as const;

/** To be called at the top of a test file. */
export function builtModules(): () => Modules {
  const modules = builtFrom(here, NAMES);
  return () => ({
    application: modules('application'),
    migrator: modules('migrator'),
    server: modules('server'),
  });
}

/**
 * Builds what children run, since Node can't run TypeScript. To be called at the top of a test file.
 * @param folder of the modules, which their names are told of without an ending.
 */
export function builtFrom<Name extends string>(
  folder: string,
  names: readonly Name[],
): (name: Name) => URL {
  const paths = names.map((name) => [name, join(folder, `${name}.ts`)] as const);
  return built(Object.fromEntries(paths) as Record<Name, string>); // of all names
}

/** The same for modules of several folders, which lie beside each other when they are built. @param paths by name. */
export function built<Name extends string>(
  paths: Readonly<Record<Name, string>>,
): (name: Name) => URL {
  let directory: string | undefined;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storage-live-modules-'));
    await writeFile(join(directory, 'package.json'), '{"type":"module"}');
    await mkdir(join(directory, 'node_modules'));
    for (const [library, owner] of Object.entries(LIBRARIES)) {
      const from = join(packages, owner, 'node_modules', library);
      await symlink(from, join(directory, 'node_modules', library));
    }
    await build({
      entryPoints: paths,
      outdir: directory,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'error',
      external: Object.keys(LIBRARIES).flatMap((library) => [library, `${library}/*`]),
      alias: {
        '@org/storage-core': join(packages, 'core/src/index.ts'),
        '@org/storage-hybrid': join(packages, 'hybrid/src/index.ts'),
        '@org/storage-layers': join(packages, 'layers/src/index.ts'),
        '@org/storage-local': join(packages, 'local/src/index.ts'),
        '@org/storage-migration': join(packages, 'migration/src/index.ts'),
        '@org/storage-s3': join(packages, 's3/src/index.ts'),
        '@org/storage-testkit/s3-server': join(packages, 'testkit/src/s3-server/index.ts'),
      },
    });
  });
  afterAll(async () => {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });
  return (name) => {
    if (directory === undefined) throw new Error('the modules are not built yet');
    return pathToFileURL(join(directory, `${name}.js`));
  };
}
