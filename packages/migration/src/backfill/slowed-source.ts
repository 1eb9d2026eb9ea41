import { type Bandwidth, type StorageProvider, throttled } from '@org/storage-core';

/** What a copy needs of the source. */
export type CopySource = Pick<StorageProvider, 'name' | 'stat' | 'download'>;

/** The source, whose files are read at the bucket's rate, whichever it is at that moment. */
export function slowed(source: CopySource, bucket: Bandwidth): CopySource {
  return {
    name: source.name,
    stat: (key, options) => source.stat(key, options),
    async download(key, options) {
      const download = await source.download(key, options);
      return { ...download, body: throttled(download.body, bucket) };
    },
  };
}
