// npm start: sets up, builds, and runs an application that moves its files to an S3 server in process while it is used.
// Without a terminal it migrates at once, and ends by itself.
import { run } from './run.mjs';
import { setup } from './setup.mjs';

setup();
run('turbo', ['run', 'build', '--output-logs=errors-only']);
run(process.execPath, ['apps/reference/dist/main.js', ...process.argv.slice(2)], {
  // Of the next Node version that the SDK will need: the README tells.
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
});
