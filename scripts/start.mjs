// npm start: sets up, builds, and moves an application that works to an S3 server in process.
import { run } from './run.mjs';
import { setup } from './setup.mjs';

setup();
run('turbo', ['run', 'build', '--output-logs=errors-only']);
run(process.execPath, ['apps/demo/dist/main.js', ...process.argv.slice(2)], {
  // Of the next Node version that the SDK will need: the README tells.
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
});
