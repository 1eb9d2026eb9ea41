import type { DispositionType } from '../answer/content-disposition.js';
import type { HttpHeaders } from '../message.js';

/** How a file is answered. */
export interface DownloadAnswerOptions {
  /**
   * Whether it is shown or saved, and under which name, in any Unicode. Default: as stored with the file, else `inline` under the last
   * segment of its key.
   */
  readonly disposition?:
    | DispositionType
    | { readonly type: DispositionType; readonly filename?: string | undefined }
    | undefined;
  /**
   * Default: as stored with the file, else `private, no-cache`: the browser keeps it and asks each time. For public files whose keys are never
   * written again: `public, max-age=31536000, immutable`.
   */
  readonly cacheControl?: string | undefined;
  /**
   * Whether the file comes from people who are not to run scripts in the site's origin. Then only images, audio, video, PDF and plain text
   * are shown, all else is saved, and a content security policy forbids whatever is left. Default `true`.
   */
  readonly untrusted?: boolean | undefined;
  /** Sends the client to the store itself where that signs URLs. Default `false`: the bytes come from here. */
  readonly redirect?: false | RedirectOptions | undefined;
  /** More headers of an answer with the file, or in place of those of this package. Names in lower case. */
  readonly headers?: HttpHeaders | undefined;
  /** One version, in a store that keeps more than the current one. */
  readonly versionId?: string | undefined;
}

export interface RedirectOptions {
  /** Seconds that the signed URL is good for, 1 to 604,800. Default 900. */
  readonly expiresIn?: number | undefined;
  /** Bytes: smaller files are answered here, which costs one round trip less. Default 0. */
  readonly from?: number | undefined;
  /**
   * Where clients may be sent, such as `https://bucket.s3.eu-central-1.amazonaws.com`. A file whose URL leads elsewhere, such as one that
   * is still on the disk, is answered here. Default: anywhere.
   */
  readonly origins?: readonly string[] | undefined;
}
