import type { Options } from 'tsup';

/** How every published package is built: ESM and CommonJS, each with its own types. */
export function library(entry: Record<string, string> = { index: 'src/index.ts' }): Options {
  return {
    entry,
    format: ['esm', 'cjs'],
    target: 'node20',
    platform: 'node',
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } }, // tsup 8 sets baseUrl, which TypeScript 6 deprecates
    sourcemap: true,
    clean: true,
    treeshake: true,
  };
}
