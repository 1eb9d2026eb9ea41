// npm run load: sets up, builds, and puts the reference application under load: -- --minutes 10, --server ceph, --soak.
import { run } from './run.mjs';
import { setup } from './setup.mjs';

setup();
run('turbo', ['run', 'build', '--output-logs=errors-only']);
run('node', ['benchmarks/load/main.mjs', ...process.argv.slice(2)], {
  // Of the next Node version that the SDK will need: the README tells.
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
});
