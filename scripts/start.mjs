// npm start: sets up, builds, and migrates a directory of real files to an S3 server in process.
import { run } from './run.mjs';
import { setup } from './setup.mjs';

setup();
run('turbo', ['run', 'build', '--output-logs=errors-only']);
run(process.execPath, ['apps/demo/dist/main.js', ...process.argv.slice(2)]);
