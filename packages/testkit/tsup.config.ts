import { defineConfig } from 'tsup';
import { library } from '../../tsup.shared.ts';

export default defineConfig({
  ...library({
    index: 'src/index.ts',
    's3-server': 'src/s3-server/index.ts',
    races: 'src/races/index.ts',
    faults: 'src/faults/index.ts',
    simulator: 'src/simulator/index.ts',
    ceph: 'src/ceph/index.ts',
    debian: 'src/debian/index.ts',
    chromium: 'src/chromium/index.ts',
    postgres: 'src/postgres/index.ts',
  }),
  shims: true, // `import.meta.url` in CommonJS, too
});
