import { readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const packages = fileURLToPath(new URL('../../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/** A guard that is taken out of the code for a test: a text of one file becomes another. */
export interface Mutation {
  /** Below `packages`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The scenarios, bundled with the code that they run, mutated. */
export async function scenariosWith(
  mutations: readonly Mutation[],
): Promise<typeof import('./mutated-scenarios.js')> {
  const bundle = await build({
    entryPoints: [join(here, 'mutated-scenarios.ts')],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    alias: {
      '@org/storage-core': join(packages, 'core/src/index.ts'),
      '@org/storage-hybrid': join(packages, 'hybrid/src/index.ts'),
      '@org/storage-testkit/simulator': join(packages, 'testkit/src/simulator/index.ts'),
    },
    plugins: [mutating(mutations)],
  });
  const code = bundle.outputFiles[0]?.text ?? '';
  const file = join(tmpdir(), `mutated-${process.pid}-${Math.random().toString(36).slice(2)}.cjs`);
  await writeFile(file, code);
  try {
    return createRequire(import.meta.url)(file) as typeof import('./mutated-scenarios.js');
  } finally {
    await rm(file);
  }
}

function mutating(mutations: readonly Mutation[]): Plugin {
  const applied = new Set<Mutation>();
  return {
    name: 'mutating',
    setup({ onLoad, onEnd }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const here = mutations.filter(({ file }) => path === join(packages, file));
        if (here.length === 0) return undefined;
        let text = await readFile(path, 'utf8');
        for (const mutation of here) {
          const parts = text.split(mutation.from);
          if (parts.length !== 2)
            throw new Error(
              `${mutation.file} has the text ${parts.length - 1} times: ${mutation.from}`,
            );
          text = parts.join(mutation.to);
          applied.add(mutation);
        }
        return { contents: text, loader: 'ts' };
      });
      onEnd(() => {
        const missing = mutations.find((mutation) => !applied.has(mutation));
        if (missing !== undefined) throw new Error(`${missing.file} is not in the bundle`);
      });
    },
  };
}
