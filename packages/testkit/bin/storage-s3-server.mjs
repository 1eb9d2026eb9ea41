#!/usr/bin/env node
const built = new URL('../dist/s3-server.js', import.meta.url);

const loaded = await import(built.href).catch((error) => {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write(
    `storage-s3-server is not built: run "pnpm build" first (${error.message}).\n`,
  );
  return undefined;
});

process.exitCode = loaded ? await loaded.runS3Server(process.argv.slice(2)) : 1;
