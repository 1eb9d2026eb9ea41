import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A library that writes in place, and what an application does around it so that a file and its metadata are whole after a crash: the
 * content is hashed, both are written under temporary names and synced, the metadata are renamed and then the body, and the
 * directories synced. The syncs that need not wait for each other do not.
 * @param contender puts bytes under a name of the root. The rename is that of `node:fs`: flydrive's own move copies.
 */
export function byHand(root, contender) {
  const sidecars = join(root, '.sidecars');
  mkdirSync(sidecars, { recursive: true });
  return {
    ...contender,
    async put(name, bytes) {
      const temporary = `${name}.${randomUUID()}.new`;
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const described = JSON.stringify({
        key: name,
        size: bytes.byteLength,
        contentType: 'application/octet-stream',
        metadata: {},
        sha256,
      });
      await contender.put(temporary, bytes);
      await Promise.all([
        sync(join(root, temporary)),
        writeSynced(join(sidecars, temporary), described),
      ]);
      await rename(join(sidecars, temporary), join(sidecars, `${name}.json`));
      await sync(sidecars);
      await rename(join(root, temporary), join(root, name));
      await sync(root);
    },
  };
}

async function writeSynced(path, text) {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Of a file or a directory. */
async function sync(path) {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
