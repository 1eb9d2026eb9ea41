import { DetailedError, defaultOptions, Upload } from 'tus-js-client';
import { csrfToken } from '../api/client.js';
import { answeredError, unreachable } from '../api/error.js';
import type { Sender, SendTask, UploadRequest } from './task.js';
import { forgetUpload, recallUpload, rememberUpload } from './unfinished.js';

/** Bytes of a request: what an interruption can cost at most. */
const CHUNK = 8 * 1024 * 1024;

/** Milliseconds before the next try, while the network is away; after the last, the upload stands as failed. */
const RETRIES = [0, 1_000, 3_000, 5_000];

/** Uploads whose creation the server has not answered yet: it may have made them, and only its answer tells where. */
const creations = new Set<Creation>();

interface Creation extends Pick<SendTask, 'file' | 'folder'> {
  readonly answered: Promise<void>;
}

/** By the tus protocol, https://tus.io/protocols/resumable-upload: goes on after an interruption, a reload, another day. */
export const tusSender: Sender = {
  name: 'tus',
  async send(task) {
    await creationsOf(task); // of a try that was paused: its upload is gone on with
    return sendNow(task);
  },
  async discard(request) {
    await creationsOf(request);
    const known = recallUpload(request);
    forgetUpload(request);
    if (known?.method !== 'tus') return;
    await Upload.terminate(known.reference, {
      headers: { 'x-csrf-token': csrfToken() },
      retryDelays: [],
    }).catch(() => undefined); // the server's expiry takes it away
  },
};

async function creationsOf({ file, folder }: UploadRequest): Promise<void> {
  for (const creation of creations)
    if (creation.file === file && creation.folder === folder) await creation.answered;
}

function sendNow(task: SendTask): Promise<string | undefined> {
  const { signal } = task;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const answered = beginCreation(task);
    const end = () => {
      answered();
      signal.removeEventListener('abort', abort);
    };
    const upload = tusUpload(task, {
      onCreated: answered,
      onSuccess: (fileId) => {
        end();
        forgetUpload(task);
        resolve(fileId);
      },
      onError: (error) => {
        end();
        reject(readableError(error));
      },
    });
    const abort = () => {
      // While it is created, the answer is waited for: then it can be gone on with, or taken away.
      if (upload.url !== null) {
        void upload.abort();
        answered();
      }
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    upload.start();
  });
}

/** @returns what says that the server has answered, or never will. */
function beginCreation({ file, folder }: SendTask): () => void {
  let resolve: () => void = () => undefined;
  const answered = new Promise<void>((done) => {
    resolve = done;
  });
  const creation = { file, folder, answered };
  creations.add(creation);
  return () => {
    creations.delete(creation);
    resolve();
  };
}

interface Outcome {
  readonly onCreated: () => void;
  readonly onSuccess: (fileId: string | undefined) => void;
  readonly onError: (error: Error) => void;
}

function tusUpload(task: SendTask, outcome: Outcome): Upload {
  const { file, folder, visibility, signal } = task;
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
    onShouldRetry: (...failure) =>
      !signal.aborted && (defaultOptions.onShouldRetry?.(...failure) ?? true),
    onUploadUrlAvailable: () => {
      if (upload.url !== null) rememberUpload(task, 'tus', upload.url);
      if (signal.aborted) void upload.abort();
      outcome.onCreated();
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
