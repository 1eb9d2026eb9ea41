import type { FileTags } from '@org/storage-core';
import type { Connection } from './connection.js';
import { StoredFile } from './stored-file.js';

/** The tags of the files of a store: each look and each change is a step. */
export function fileTags(connection: Connection): FileTags {
  const { store, process } = connection;
  return {
    async get(key, options = {}) {
      const { parsed, place } = connection.placeOf('getTags', key, options);
      return connection.request({
        place,
        type: 'read',
        label: () => `${store.name} get tags of ${key}`,
        effect: () => store.get(place, parsed).tags,
      });
    },
    async set(key, tags, options = {}) {
      const { parsed, place } = connection.placeOf('setTags', key, options);
      await connection.request({
        place,
        type: 'write',
        label: () => `${store.name} set tags of ${key}`,
        effect: () => {
          const { bytes, metadata, inode } = store.get(place, parsed);
          store.replace(new StoredFile(bytes, metadata, { ...tags }, inode), process);
        },
      });
    },
  };
}
