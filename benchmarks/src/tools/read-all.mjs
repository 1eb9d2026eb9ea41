// The limit for those that read: every file of a directory, as dd would read it, or with `look` only what lstat tells. node read-all.mjs DIRECTORY [look]
import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import { filesBelow } from './files.mjs';

const [, , directory, look] = process.argv;
const buffer = Buffer.allocUnsafe(1024 ** 2);
for (const path of filesBelow(directory)) {
  if (look === 'look') lstatSync(path);
  else {
    const file = openSync(path, 'r');
    while (readSync(file, buffer) > 0);
    closeSync(file);
  }
}
