// npm run check: formatting and lint, types, packed packages, unused code and dependencies, licences, the site.
import { buildSite } from './docs.mjs';
import { run } from './run.mjs';
import { setup } from './setup.mjs';

setup();
run('biome', ['ci', '--error-on-warnings', '.']);
run('turbo', ['run', 'build', 'typecheck', 'check:pkg', '--output-logs=errors-only']);
run('knip', []);
run('node', ['scripts/licences.mjs']);
buildSite();
