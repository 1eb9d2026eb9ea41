#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  console.error('storage is not built: run `npm run build` in the checkout first.');
  process.exit(2);
}
// Tells of the next Node version that the SDK will need; the README does, and a script's log need not.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
const { run } = await import(main.href);
process.exitCode = await run(process.argv.slice(2));
