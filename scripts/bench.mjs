// npm run bench: sets up, builds and compares the providers with the raw SDK, node:fs and other libraries.
import { run } from './run.mjs';
import { setup } from './setup.mjs';

setup();
run('turbo', ['run', 'build', '--output-logs=errors-only']);
run('node', ['benchmarks/src/main.mjs', ...process.argv.slice(2)]);
