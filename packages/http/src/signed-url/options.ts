import type { StorageProvider, UrlSigner } from '@org/storage-core';
import type { DownloadAnswerOptions } from '../download/options.js';

export interface SignedUrlHandlerOptions
  extends Pick<DownloadAnswerOptions, 'untrusted' | 'headers'> {
  readonly storage: StorageProvider;
  /** What has signed the URLs: `urlSigner` of the provider that gives them out. */
  readonly signer: UrlSigner;
}
