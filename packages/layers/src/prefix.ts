import {
  type Body,
  type DeleteResult,
  discardBody,
  type FileVersion,
  isStorageError,
  type ListEntry,
  type ListOptions,
  type MultipartUpload,
  type StorageError,
} from '@org/storage-core';
import { about, type Call } from './around.js';
import { placed } from './failure.js';
import { KeyPrefix } from './key-prefix.js';
import { defineLayer, type Layer } from './layer.js';
import { relayed } from './relayed.js';

/**
 * A store that is a folder of another one: its keys are those below `folder`, and no key of the caller leads out of it. Keys
 * in results, listings and errors are the caller's; only the `cause` of an error, signed URLs and tickets show the others. The limit of 1,024
 * bytes is that of the whole key, so that shorter ones are `InvalidKey` here.
 *
 * @param folder With or without a slash at its end: `tenants/7` holds `tenants/7/a`, and not `tenants/70`.
 * @throws StorageError `InvalidKey`.
 */
export function prefix(folder: string): Layer {
  const keys = new KeyPrefix(folder);
  return defineLayer((inner, provider) => {
    const translated = (call: Call, error: unknown): StorageError =>
      placed(provider, call, keys.outerThrown(error));

    const run = async <T>(call: Call, operation: () => Promise<T>): Promise<T> => {
      try {
        return await operation();
      } catch (error) {
        if (call.body !== undefined) discardBody(call.body);
        throw translated(call, error);
      }
    };

    /** In the store. An error of the caller's own key has that key already. */
    const own = (call: Call, key: string): string => {
      try {
        return keys.inner(key);
      } catch (error) {
        if (call.body !== undefined) discardBody(call.body);
        throw placed(provider, call, error);
      }
    };

    const at = async <T>(
      call: Call,
      key: string,
      operation: (inner: string) => Promise<T>,
    ): Promise<T> => {
      const name = own(call, key);
      return run(call, () => operation(name));
    };

    async function* listing<T>(call: Call, list: () => AsyncIterable<T>, outer: (entry: T) => T) {
      try {
        for await (const entry of list()) yield outer(entry);
      } catch (error) {
        throw translated(call, error);
      }
    }

    const upload = (uploading: MultipartUpload): MultipartUpload => ({
      ...uploading,
      key: keys.outer(uploading.key),
    });

    return {
      upload: (key, body: Body, given) =>
        at({ ...about('upload', given, key), body }, key, async (name) =>
          keys.outerFile(await inner.upload(name, body, given)),
        ),
      download: (key, given) => {
        const call = about('download', given, key);
        return at(call, key, async (name) => {
          const download = await inner.download(name, given);
          const translate = (error: Error) => keys.outerThrown(error);
          return {
            ...download,
            metadata: keys.outerFile(download.metadata),
            body: relayed(download.body, { translate }),
          };
        });
      },
      stat: (key, given) =>
        at(about('stat', given, key), key, async (name) =>
          keys.outerFile(await inner.stat(name, given)),
        ),
      exists: (key, given) =>
        at(about('exists', given, key), key, async (name) => inner.exists(name, given)),
      delete: (key, given) =>
        at(about('delete', given, key), key, async (name) => inner.delete(name, given)),
      deleteMany: (wanted, given) => {
        const call = about('deleteMany', given);
        return run(call, async () => {
          if (!isIterable(wanted)) return inner.deleteMany(wanted, given);
          const valid: string[] = [];
          const failed: DeleteResult['failed'][number][] = [];
          for (const key of new Set(wanted)) {
            try {
              valid.push(keys.inner(key));
            } catch (error) {
              failed.push({ key, error: placed(provider, { ...call, key }, error) });
            }
          }
          const result = await inner.deleteMany(valid, given);
          for (const { key, error } of result.failed)
            failed.push({ key: keys.outer(key), error: keys.outerError(error) });
          return { deleted: result.deleted.map((key) => keys.outerKey(key)), failed };
        });
      },
      list: (given) =>
        listing(
          about('list', given),
          () => inner.list(innerListing(keys, given)),
          (entry): ListEntry =>
            entry.type === 'file'
              ? { ...entry, key: keys.outerKey(entry.key) }
              : { ...entry, prefix: keys.outer(entry.prefix) },
        ),
      async copy(from, to, given) {
        const call = about('copy', given, from);
        const target = own({ ...call, key: to }, to);
        return at(call, from, async (name) =>
          keys.outerFile(await inner.copy(name, target, given)),
        );
      },
      async move(from, to, given) {
        const call = about('move', given, from);
        const target = own({ ...call, key: to }, to);
        return at(call, from, async (name) =>
          keys.outerFile(await inner.move(name, target, given)),
        );
      },
      checkHealth: (given) =>
        run(about('checkHealth', given), async () => inner.checkHealth(given)),
      createDownloadUrl: (key, given) =>
        at(about('createDownloadUrl', given, key), key, async (name) =>
          inner.createDownloadUrl(name, given),
        ),
      createUploadTicket: (key, given) =>
        at(about('createUploadTicket', given, key), key, async (name) =>
          inner.createUploadTicket(name, given),
        ),
      probe: (given) => run(about('probe', given), async () => inner.probe(given)),
      getTags: (key, given) =>
        at(about('getTags', given, key), key, async (name) => inner.getTags(name, given)),
      setTags: (key, tags, given) =>
        at(about('setTags', given, key), key, async (name) => inner.setTags(name, tags, given)),
      listVersions: (given) =>
        listing(
          about('listVersions', given),
          () => inner.listVersions({ ...given, prefix: keys.innerText(given?.prefix) }),
          (version): FileVersion => ({ ...version, key: keys.outerKey(version.key) }),
        ),
      restoreVersion: (key, id, given) =>
        at(about('restoreVersion', given, key), key, async (name) =>
          keys.outerFile(await inner.restoreVersion(name, id, given)),
        ),
      listUploads: (given) =>
        listing(
          about('listUploads', given),
          () => inner.listUploads({ ...given, prefix: keys.innerText(given?.prefix) }),
          upload,
        ),
      async *listParts(key, id, given) {
        const call = about('listParts', given, key);
        const name = own(call, key);
        yield* listing(
          call,
          () => inner.listParts(name, id, given),
          (part) => part,
        );
      },
      completeUpload: (key, id, parts, given) =>
        at(about('completeUpload', given, key), key, async (name) =>
          keys.outerFile(await inner.completeUpload(name, id, parts, given)),
        ),
      abortUpload: (key, id, given) =>
        at(about('abortUpload', given, key), key, async (name) =>
          inner.abortUpload(name, id, given),
        ),
      sweepUploads: (given) =>
        run(about('sweepUploads', given), async () => {
          const prefixed = { ...given, prefix: keys.innerText(given.prefix) };
          const { aborted, failed } = await inner.sweepUploads(prefixed);
          return {
            aborted: aborted.map(upload),
            failed: failed.map(({ upload: one, error }) => ({
              upload: upload(one),
              error: isStorageError(error) ? keys.outerError(error) : error,
            })),
          };
        }),
    };
  });
}

function innerListing(keys: KeyPrefix, options: ListOptions | undefined): ListOptions {
  const { prefix, startAfter, onSkip } = options ?? {};
  return {
    ...options,
    prefix: keys.innerText(prefix),
    ...(startAfter === undefined ? {} : { startAfter: keys.innerText(startAfter) }),
    ...(typeof onSkip === 'function'
      ? { onSkip: (skipped) => onSkip({ ...skipped, path: keys.outer(skipped.path) }) }
      : {}),
  };
}

/** A text is refused by the provider: it is one key, and not a list of letters. */
function isIterable(keys: Iterable<string>): boolean {
  return typeof keys === 'object' && keys !== null && Symbol.iterator in keys;
}
