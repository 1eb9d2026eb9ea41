import { DetailedError, Upload } from 'tus-js-client';
import { csrfToken } from '../api/client.js';
import { answeredError, unreachable } from '../api/error.js';
import type { Sender, SendTask } from './task.js';
import { forgetUpload, recallUpload, rememberUpload } from './unfinished.js';

/** Bytes of a request: what an interruption can cost at most. */
const CHUNK = 8 * 1024 * 1024;

/** Milliseconds before the next try, while the network is away; after the last, the upload stands as failed. */
const RETRIES = [0, 1_000, 3_000, 5_000];

/** By the tus protocol, https://tus.io/protocols/resumable-upload: goes on after an interruption, a reload, another day. */
export const tusSender: Sender = {
  name: 'tus',
  send: (task) =>
    new Promise((resolve, reject) => {
      const { signal } = task;
      if (signal.aborted) return reject(signal.reason);
      const upload = tusUpload(task, {
        onSuccess: (fileId) => {
          signal.removeEventListener('abort', abort);
          forgetUpload(task);
          resolve(fileId);
        },
        onError: (error) => {
          signal.removeEventListener('abort', abort);
          reject(readableError(error));
        },
      });
      const abort = () => {
        void upload.abort();
        reject(signal.reason);
      };
      signal.addEventListener('abort', abort, { once: true });
      upload.start();
    }),
  async discard(request) {
    const known = recallUpload(request);
    forgetUpload(request);
    if (known?.method !== 'tus') return;
    await Upload.terminate(known.reference, {
      headers: { 'x-csrf-token': csrfToken() },
      retryDelays: [],
    }).catch(() => undefined); // the server's expiry takes it away
  },
};

interface Outcome {
  readonly onSuccess: (fileId: string | undefined) => void;
  readonly onError: (error: Error) => void;
}

function tusUpload(task: SendTask, outcome: Outcome): Upload {
  const { file, folder, visibility } = task;
  const known = recallUpload(task);
  const upload: Upload = new Upload(file, {
    endpoint: '/api/tus',
    uploadUrl: known?.method === 'tus' ? known.reference : null,
    chunkSize: CHUNK,
    retryDelays: RETRIES,
    storeFingerprintForResuming: false, // ours knows the account and the folder
    metadata: {
      filename: file.name,
      visibility,
      // The protocol knows no empty values: they are read as none.
      ...(file.type === '' ? {} : { filetype: file.type }),
      ...(folder === '' ? {} : { folder }),
    },
    onBeforeRequest: (request) => request.setHeader('x-csrf-token', csrfToken()),
    onUploadUrlAvailable: () => {
      if (upload.url !== null) rememberUpload(task, 'tus', upload.url);
    },
    onProgress: (sent) => task.progress(sent),
    onSuccess: ({ lastResponse }) => outcome.onSuccess(lastResponse.getHeader('x-file-id')),
    onError: outcome.onError,
  });
  return upload;
}

function readableError(error: Error): Error {
  if (!(error instanceof DetailedError)) return error;
  const response = error.originalResponse;
  return response === null
    ? unreachable()
    : answeredError(response.getStatus(), response.getBody());
}
