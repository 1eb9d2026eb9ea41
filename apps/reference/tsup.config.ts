import { defineConfig } from 'tsup';
import { buildWeb } from './src/build-web.ts';

export default defineConfig({
  entry: {
    main: 'src/demo/main.ts',
    's3-thread': 'src/demo/s3-thread.ts',
    server: 'src/server/main.ts',
  },
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  clean: true,
  onSuccess: async () => {
    await buildWeb();
  },
});
