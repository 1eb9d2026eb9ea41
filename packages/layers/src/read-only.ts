import { discardBody } from '@org/storage-core';
import { about, type Call } from './around.js';
import { failure } from './failure.js';
import { defineLayer, type Layer } from './layer.js';

/**
 * Refuses everything that changes something, tickets and the probe included, with `AccessDenied`: it is what a store answers whose
 * credentials may only read, so that whoever handles the one handles the other. `Unsupported` would say that the store can't, and
 * the capabilities, which tell what the store can do, stay as they are.
 *
 * @param when Tells whether to refuse, and is asked for each such operation; what is under way goes on. Default: always.
 */
export function readOnly(when: () => boolean = () => true): Layer {
  return defineLayer((inner, provider) => {
    const refuse = async <T>(call: Call, run: () => Promise<T>): Promise<T> => {
      if (!when()) return run();
      if (call.body !== undefined) discardBody(call.body);
      const what = call.key === undefined ? 'this store' : call.key;
      throw failure(
        provider,
        call,
        'AccessDenied',
        `${call.operation} was refused: ${what} may only be read here (readOnly)`,
      );
    };
    return {
      download: inner.download,
      stat: inner.stat,
      exists: inner.exists,
      list: inner.list,
      checkHealth: inner.checkHealth,
      createDownloadUrl: inner.createDownloadUrl,
      getTags: inner.getTags,
      listVersions: inner.listVersions,
      listUploads: inner.listUploads,
      listParts: inner.listParts,
      upload: (key, body, given) =>
        refuse({ ...about('upload', given, key), body }, () => inner.upload(key, body, given)),
      delete: (key, given) => refuse(about('delete', given, key), () => inner.delete(key, given)),
      deleteMany: (keys, given) =>
        refuse(about('deleteMany', given), () => inner.deleteMany(keys, given)),
      copy: (from, to, given) =>
        refuse(about('copy', given, to), () => inner.copy(from, to, given)),
      move: (from, to, given) =>
        refuse(about('move', given, from), () => inner.move(from, to, given)),
      createUploadTicket: (key, given) =>
        refuse(about('createUploadTicket', given, key), () => inner.createUploadTicket(key, given)),
      probe: (given) => refuse(about('probe', given), () => inner.probe(given)),
      setTags: (key, tags, given) =>
        refuse(about('setTags', given, key), () => inner.setTags(key, tags, given)),
      restoreVersion: (key, id, given) =>
        refuse(about('restoreVersion', given, key), () => inner.restoreVersion(key, id, given)),
      completeUpload: (key, id, parts, given) =>
        refuse(about('completeUpload', given, key), () =>
          inner.completeUpload(key, id, parts, given),
        ),
      abortUpload: (key, id, given) =>
        refuse(about('abortUpload', given, key), () => inner.abortUpload(key, id, given)),
      sweepUploads: (given) =>
        refuse(about('sweepUploads', given), () => inner.sweepUploads(given)),
    };
  });
}
