import { discardBody } from '@org/storage-core';
import { about, type Call } from './around.js';
import { failure } from './failure.js';
import { defineLayer, type Layer } from './layer.js';

/**
 * Refuses everything that changes something, tickets and the probe included, with `AccessDenied`: it is what a store answers whose
 * credentials may only read, so that whoever handles the one handles the other. `Unsupported` would say that the store can't, and
 * the capabilities, which tell what the store can do, stay as they are.
 */
export function readOnly(): Layer {
  return defineLayer((inner, provider) => {
    const refuse = async (call: Call): Promise<never> => {
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
      upload: (key, body, given) => refuse({ ...about('upload', given, key), body }),
      delete: (key, given) => refuse(about('delete', given, key)),
      deleteMany: (_, given) => refuse(about('deleteMany', given)),
      copy: (_, to, given) => refuse(about('copy', given, to)),
      move: (from, _, given) => refuse(about('move', given, from)),
      createUploadTicket: (key, given) => refuse(about('createUploadTicket', given, key)),
      probe: (given) => refuse(about('probe', given)),
      setTags: (key, _, given) => refuse(about('setTags', given, key)),
      restoreVersion: (key, _, given) => refuse(about('restoreVersion', given, key)),
      completeUpload: (key, _id, _parts, given) => refuse(about('completeUpload', given, key)),
      abortUpload: (key, _, given) => refuse(about('abortUpload', given, key)),
      sweepUploads: (given) => refuse(about('sweepUploads', given)),
    };
  });
}
