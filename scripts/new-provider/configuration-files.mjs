import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../run.mjs';

const read = async (path) => JSON.parse(await readFile(join(root, path), 'utf8'));
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** Siblings that the package is made of, and tested with. */
const NEEDED = ['core', 'storage'];
const TESTED_WITH = 'testkit';

/** What is not code: of a package of this repository as the others have it, else of one that stands alone. */
export async function configurationFiles(about) {
  const { inside } = about;
  const base = inside ? undefined : (await read('tsconfig.base.json')).compilerOptions;
  return {
    'package.json': json(await manifest(about)),
    'tsconfig.json': json({
      ...(base === undefined ? { extends: '../../tsconfig.base.json' } : { compilerOptions: base }),
      include: ['src', 'test', '*.config.ts'],
    }),
    'tsup.config.ts': inside ? INSIDE : ALONE,
    ...(inside ? {} : { '.gitignore': 'node_modules\ndist\n' }),
  };
}

async function manifest({ name, packageName, inside }) {
  const { engines, devDependencies: tools } = await read('package.json');
  const siblings = await Promise.all(
    [...NEEDED, TESTED_WITH].map(async (folder) => {
      const sibling = await read(`packages/${folder}/package.json`);
      return [sibling.name, inside ? 'workspace:^' : `^${sibling.version}`];
    }),
  );
  const outside = ['@types/node', 'tsup', 'typescript', 'vitest'].map((tool) => [
    tool,
    tools[tool],
  ]);
  return {
    name: packageName,
    version: '0.0.0',
    description: `A storage provider for ${name}`,
    license: 'MIT',
    ...(inside && {
      repository: {
        type: 'git',
        url: 'git+https://github.com/org/storage.git',
        directory: `packages/${name}`,
      },
    }),
    type: 'module',
    sideEffects: false,
    main: './dist/index.cjs',
    module: './dist/index.js',
    types: './dist/index.d.cts',
    exports: {
      '.': {
        import: { types: './dist/index.d.ts', default: './dist/index.js' },
        require: { types: './dist/index.d.cts', default: './dist/index.cjs' },
      },
      './package.json': './package.json',
    },
    files: ['dist'],
    engines,
    publishConfig: { access: 'public' },
    scripts: {
      build: 'tsup',
      typecheck: 'tsc --noEmit',
      ...(inside
        ? { 'check:pkg': 'node ../../scripts/check-package.mjs' }
        : { test: 'vitest run --testTimeout=60000' }),
    },
    dependencies: Object.fromEntries(siblings.slice(0, NEEDED.length).sort()),
    devDependencies: Object.fromEntries([
      ...siblings.slice(NEEDED.length),
      ...(inside ? [] : outside),
    ]),
  };
}

const INSIDE = `import { defineConfig } from 'tsup';
import { library } from '../../tsup.shared.ts';

export default defineConfig(library());
`;

const ALONE = `import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts' },
  format: ['esm', 'cjs'],
  target: 'node20',
  platform: 'node',
  dts: { compilerOptions: { ignoreDeprecations: '6.0' } }, // tsup 8 sets baseUrl, which TypeScript 6 deprecates
  sourcemap: true,
  clean: true,
  treeshake: true,
});
`;
