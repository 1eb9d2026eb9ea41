import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { main: 'src/main.ts', server: 'src/server.ts', application: 'src/application.ts' },
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  clean: true,
});
