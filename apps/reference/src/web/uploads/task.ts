import type { Visibility } from '../../api-types.js';

/** A file to be sent, and where to. */
export interface UploadRequest {
  readonly file: File;
  /** As of a stored file: empty for the top. */
  readonly folder: string;
  readonly visibility: Visibility;
}

export interface SendTask extends UploadRequest {
  /** Fires at a pause and at a cancel: sending ends, and what the server has stays there. */
  readonly signal: AbortSignal;
  /** Bytes that the server has, of this file. */
  readonly progress: (sent: number) => void;
}

/** A way to send a file. Called again for the same file, it goes on where it was, if it can. */
export interface Sender {
  readonly name: 'form' | 'tus' | 'direct';
  /** The id of the file that came of it, where the server told. */
  send(task: SendTask): Promise<string | undefined>;
  /** Has the server forget what it has of the file. */
  discard(request: UploadRequest): Promise<void>;
}
