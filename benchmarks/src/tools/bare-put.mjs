// The limit for those that copy: every file of a directory by one PUT. node bare-put.mjs DIRECTORY PREFIX AT-ONCE
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { repeat } from '../cases/work.mjs';
import { BareClient } from './bare-client.mjs';
import { connectionOf } from './connection.mjs';
import { filesBelow } from './files.mjs';

/** Bytes; what is larger is not held in memory. */
const HELD = 8 * 1024 ** 2;

const [, , directory, prefix, atOnce] = process.argv;
const client = new BareClient(connectionOf(process.env), Number(atOnce));
const files = [...filesBelow(directory)];
await repeat(files.length, Number(atOnce), (n) => {
  const path = files[n];
  const key = `${prefix}/${relative(directory, path)}`;
  const { size } = statSync(path);
  if (size <= HELD) return client.put(key, readFileSync(path));
  return client.putChunks(key, size, createReadStream(path, { highWaterMark: 1024 ** 2 }));
});
client.close();
