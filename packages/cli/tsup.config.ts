import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { main: 'src/main.ts', 'worker-stores': 'src/worker-stores.ts' },
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  sourcemap: true,
  clean: true,
  treeshake: true,
});
