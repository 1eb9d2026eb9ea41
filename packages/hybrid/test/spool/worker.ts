import { existsSync } from 'node:fs';
import { discardBody, StorageError, type StorageProvider } from '@org/storage-core';
import { LocalStorageProvider } from '@org/storage-local';
import { spooled } from '../../src/index.js';

/** What a process is to do: `write` its files again and again, or `drain` until it is killed; each tells what it has done. */
const [role, spool = '', bucket = '', away = '', name = ''] = process.argv.slice(2);

/** A directory that stands for a bucket, which is away while there is a certain file. */
function bucketIn(root: string): StorageProvider {
  const inner = new LocalStorageProvider({ root });
  const native = {
    ...inner.capabilities,
    conditionalUpdate: 'native',
    conditionalDelete: 'native',
  };
  return new Proxy<StorageProvider>(inner, {
    get(object, property) {
      if (property === 'capabilities') return native;
      const value: unknown = Reflect.get(object, property);
      if (typeof value !== 'function') return value;
      if (property !== 'upload' && property !== 'stat' && property !== 'download')
        return value.bind(object);
      return async (key: string, ...rest: unknown[]) => {
        if (!existsSync(away)) return value.call(object, key, ...rest);
        if (property === 'upload') discardBody(rest[0] as string);
        throw new StorageError('Unavailable', 'the bucket is away');
      };
    },
  });
}

const provider = spooled(bucketIn(bucket), {
  store: new LocalStorageProvider({ root: spool }),
  maxBytes: Number.POSITIVE_INFINITY,
  drain: false,
});

if (role === 'write') {
  for (let at = 1; ; at++) {
    const key = `${name}/${at % 3}`;
    await provider.upload(key, `${at}`);
    console.log(`${key} ${at}`);
  }
}
for (;;) {
  const { drained } = await provider.drain();
  if (drained > 0) console.log(`drained ${drained}`);
}
